//! Images.

use std::collections::BTreeMap;

use tollgate_model::{
    AllowedSecret, Base, Copied, DockerfileBuild, ImageBuild, ImagePlatform, Rating, RelPath,
    ScanPolicy, Waiver,
};

use super::{value, values};
use crate::shape::At;
use crate::syntax::{
    AllowedSecretFile, Dockerfile, DockerfileFile, ImageFile, ScanFile, StepFile, WaiverFile,
};

pub(super) fn image(file: &StepFile) -> Option<ImageBuild> {
    let image = &file.image.as_ref()?.value;
    // A Dockerfile says itself what is not said here.
    let or = |text: &Option<At<String>>, usual: &str| {
        let usual = || image.dockerfile.is_none().then(|| usual.to_owned());
        text.as_ref().map(|text| text.value.clone()).or_else(usual)
    };
    let copied = image.copy.iter().flat_map(|copy| &copy.value.entries);
    let env = image.env.iter().flat_map(|env| &env.value.entries);
    let labels = image.labels.iter().flat_map(|labels| &labels.value.entries);
    Some(ImageBuild {
        base: base(image)?,
        requirements: value(image.requirements.clone()),
        platforms: platforms(image),
        leave_out: values(image.leave_out.clone()),
        from_source: values(image.from_source.clone()).into_iter().map(|name| name.0).collect(),
        bytecode: values(image.bytecode.clone()).into_iter().map(|name| name.0).collect(),
        copy: copied
            .map(|(from, to)| Copied { from: from.value.0.clone(), to: to.value.clone() })
            .collect(),
        command: values(image.command.clone()),
        workdir: or(&image.workdir, ImageBuild::WORKDIR),
        user: or(&image.user, ImageBuild::USER),
        env: env.map(|(name, value)| (name.value.0.clone(), value.value.clone())).collect(),
        ports: values(image.ports.clone())
            .into_iter()
            .filter_map(|port| u16::try_from(port.0).ok())
            .collect(),
        health: value(image.health.clone()).map(|path| path.0),
        labels: labels.map(|(name, value)| (name.value.0.clone(), value.value.clone())).collect(),
        compression: value(image.compression.clone()).unwrap_or_default(),
        max_size: value(image.max_size.clone()).map(|size| size.0),
        allowed_secrets: allowed(image),
        push: value(image.push.clone()).map(|repository| repository.0),
        scan: match &file.scan {
            Some(scan) => Some(self::scan(&scan.value)?),
            None => None,
        },
    })
}

/// In one order, so that it is one image in whatever order they are written.
fn platforms(image: &ImageFile) -> Vec<ImagePlatform> {
    let mut all = values(image.platforms.clone());
    all.sort();
    all
}

fn base(image: &ImageFile) -> Option<Base> {
    match &image.dockerfile {
        None => Some(image.base.as_ref()?.value.clone()),
        Some(At { value: Dockerfile::Path(file), .. }) => {
            Some(Base::Dockerfile(Box::new(alone(file.clone()))))
        }
        Some(At { value: Dockerfile::Map(map), .. }) => {
            Some(Base::Dockerfile(Box::new(dockerfile(map)?)))
        }
    }
}

fn alone(file: RelPath) -> DockerfileBuild {
    DockerfileBuild {
        file,
        context: None,
        target: None,
        args: BTreeMap::new(),
        secrets: BTreeMap::new(),
        builder: None,
        lint: BTreeMap::new(),
    }
}

fn dockerfile(map: &DockerfileFile) -> Option<DockerfileBuild> {
    let args = map.args.iter().flat_map(|args| &args.value.entries);
    let secrets = map.secrets.iter().flat_map(|secrets| &secrets.value.entries);
    let lint = map.lint.iter().flat_map(|lint| &lint.value.entries);
    Some(DockerfileBuild {
        context: value(map.context.clone()),
        target: value(map.target.clone()),
        args: args.map(|(name, text)| (name.value.0.clone(), text.value.clone())).collect(),
        secrets: secrets.map(|(id, from)| (id.value.0.clone(), from.value.clone())).collect(),
        builder: value(map.builder.clone()),
        lint: lint.map(|(rule, level)| (rule.value.0, level.value.0)).collect(),
        ..alone(map.file.as_ref()?.value.clone())
    })
}

fn allowed(image: &ImageFile) -> Vec<AllowedSecret> {
    let all = image.allow_secrets.iter().flat_map(|all| &all.value);
    let one = |at: &At<AllowedSecretFile>| {
        let (fingerprint, reason) = (at.value.fingerprint.as_ref()?, at.value.reason.as_ref()?);
        let (fingerprint, reason) = (fingerprint.value.clone(), reason.value.clone());
        Some(AllowedSecret { fingerprint, reason, line: at.span.line })
    };
    all.filter_map(one).collect()
}

fn scan(file: &ScanFile) -> Option<ScanPolicy> {
    let waivers = file.waivers.iter().flat_map(|waivers| &waivers.value);
    let licences = file.licences.as_ref().map(|licences| &licences.value);
    Some(ScanPolicy {
        fail_on: value(file.fail_on.clone()).unwrap_or(Rating::High),
        only_fixable: value(file.only_fixable.clone()).unwrap_or(false),
        max_age: value(file.max_age.clone()).map_or(ScanPolicy::MAX_AGE, |age| age.0),
        waivers: waivers.map(waiver).collect::<Option<_>>()?,
        allowed_licences: licences.and_then(|it| it.allow.clone()).map(|allow| values(Some(allow))),
        denied_licences: values(licences.and_then(|it| it.deny.clone())),
    })
}

fn waiver(at: &At<WaiverFile>) -> Option<Waiver> {
    let file = &at.value;
    Some(Waiver {
        id: file.id.as_ref()?.value.clone(),
        package: value(file.package.clone()),
        reason: file.reason.as_ref()?.value.clone(),
        expires: file.expires.as_ref()?.value.0,
        line: at.span.line,
    })
}
