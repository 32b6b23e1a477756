//! What is to be said of an image, and the index of one for several kinds of machines.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use tollgate_engine::Store as _;
use tollgate_image::oci::{Descriptor, Index, Sha256, media};
use tollgate_image::{Inventory, Package};
use tollgate_model::{BuiltImage, Finding, Report, Severity, format_bytes};

use super::Bench;
use super::built::Made;
use super::error::Stopped;

/// So many packages are named where an image is too large.
const LARGEST: usize = 5;

/// Packages that bring what a service seldom needs, the others that do without, and what that is.
const SLIMMER: [(&str, &str, &str); 6] = [
    ("xgboost", "xgboost-cpu", "without CUDA's libraries"),
    ("tensorflow", "tensorflow-cpu", "without CUDA's libraries"),
    ("opencv-python", "opencv-python-headless", "without windows"),
    ("opencv-contrib-python", "opencv-contrib-python-headless", "without windows"),
    ("mlflow", "mlflow-skinny", "without its server"),
    ("torch", "torch of the index for CPUs", "without CUDA's libraries"),
];

impl Bench<'_> {
    /// Names what was made, and judges it.
    pub(super) fn finish(&self, made: &[Made]) -> Result<(BuiltImage, Report), Stopped> {
        let image = match made {
            [only] => Descriptor { platform: None, ..only.image.clone() },
            several => {
                let index = Index::of(several.iter().map(|it| it.image.clone()).collect());
                self.layout.put_bytes(media::INDEX, &index.to_bytes())?
            }
        };
        self.layout.tag(self.job.step.id.as_str(), &image)?;

        let inventory = of_all(made);
        self.keep_inventory(&image, &inventory)?;
        let json = serde_json::to_vec(&inventory).unwrap_or_default();
        let gaps: BTreeSet<&String> = made.iter().flat_map(|it| &it.gaps).collect();
        let (scanned, scan) = self.scanned(&inventory, &gaps)?;
        let layers: BTreeMap<Sha256, u64> =
            made.iter().flat_map(|it| &it.layers).map(|it| (it.digest, it.size)).collect();
        let most = |figure: &dyn Fn(&Made) -> u64| made.iter().map(figure).max().unwrap_or(0);
        let built = BuiltImage {
            digest: image.digest.to_string(),
            packed: layers.values().sum(),
            unpacked: most(&Made::unpacked),
            layers: most(&|it| it.layers.len() as u64).try_into().unwrap_or(u32::MAX),
            inventory: self.host.store.put(&json)?,
            scan,
        };
        let of_each = made.iter().flat_map(|it| &it.findings).cloned();
        let all = of_each.chain(self.too_large(made)).chain(scanned.findings);
        // What is wrong with what all machines get is told once.
        let mut told = HashSet::new();
        let findings: Vec<Finding> =
            all.filter(|finding| told.insert(serde_json::to_string(finding).ok())).collect();
        let report = Report::new(findings, scanned.not_assessed);
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2⁵³ bytes")]
        let figure = |bytes: u64| bytes as f64;
        let figures = scanned.figures.into_iter();
        let report = figures
            .fold(report, |report, (name, value)| report.figure(name, value))
            .figure("image.packed", figure(built.packed))
            .figure("image.unpacked", figure(built.unpacked))
            .figure("image.layers", f64::from(built.layers))
            .figure("image.packages", figure(inventory.packages.len() as u64));
        Ok((built, report))
    }

    fn too_large(&self, made: &[Made]) -> Vec<Finding> {
        let Some(most) = self.build.max_size else { return Vec::new() };
        let too_large = made.iter().filter(|it| it.unpacked() > most);
        too_large.map(|it| self.too_large_one(it, most, made.len() > 1)).collect()
    }

    fn too_large_one(&self, made: &Made, most: u64, among_others: bool) -> Finding {
        let inventory = &made.inventory;
        let mut by_size: Vec<&Package> = inventory.packages.iter().collect();
        by_size.sort_by_key(|package| std::cmp::Reverse(package.size));
        let shown = by_size.iter().take(LARGEST).map(|package| told(package, inventory));
        let parts = made.parts.iter();
        let parts = parts.map(|(what, size)| format!("{what} {}", format_bytes(*size)));
        let shown: Vec<String> = parts.chain(shown).collect();
        let size = format_bytes(made.unpacked());
        let platform = made.image.platform.as_ref().filter(|_| among_others);
        let which = platform.map(|it| format!(" for {it}")).unwrap_or_default();
        let message = format!("the image{which} takes {size}, and may take {}", format_bytes(most));
        let mut finding = self.unfit("image.size", message);
        finding.severity = Severity::Error;
        finding.expected = Some(format!("at most {}", format_bytes(most)));
        finding.found = Some(size);
        finding.hint(format!("what takes the most: {}", shown.join("; ")))
    }
}

impl Made {
    fn unpacked(&self) -> u64 {
        self.parts.iter().map(|(_, size)| size).sum()
    }
}

/// `nvidia-nccl-cu12 352.0 MB, pulled in by xgboost: xgboost-cpu is it without CUDA's libraries`.
fn told(package: &Package, inventory: &Inventory) -> String {
    let wanting = inventory.packages.iter().find(|it| it.requires.contains(&package.name));
    let by = wanting.map(|it| format!(", pulled in by {}", it.name)).unwrap_or_default();
    let names = [Some(package.name.as_str()), wanting.map(|it| it.name.as_str())];
    let slimmer = SLIMMER.iter().find(|(name, ..)| names.contains(&Some(name)));
    let slimmer = slimmer.map(|(_, other, how)| format!(": {other} is it {how}"));
    format!("{} {}{by}{}", package.name, format_bytes(package.size), slimmer.unwrap_or_default())
}

/// The packages of all; one that is there for several machines has the hashes of each.
fn of_all(made: &[Made]) -> Inventory {
    let mut packages: BTreeMap<_, Package> = BTreeMap::new();
    for package in made.iter().flat_map(|it| &it.inventory.packages) {
        let key = (&package.ecosystem, &package.name, &package.version, &package.architecture);
        let known = packages.entry(key).or_insert_with(|| package.clone());
        known.size = known.size.max(package.size);
        known.hashes.extend(package.hashes.iter().cloned());
        known.hashes.sort();
        known.hashes.dedup();
        known.requires.extend(package.requires.iter().cloned());
        known.requires.sort();
        known.requires.dedup();
    }
    Inventory::of(packages.into_values().collect())
}

#[cfg(test)]
mod tests {
    use tollgate_image::Ecosystem;

    use super::*;

    fn package(name: &str, size: u64, requires: &[&str]) -> Package {
        Package {
            ecosystem: Ecosystem::PyPi,
            name: name.to_owned(),
            version: "1".to_owned(),
            architecture: None,
            source: None,
            licence: None,
            hashes: Vec::new(),
            requires: requires.iter().map(|it| (*it).to_owned()).collect(),
            size,
        }
    }

    #[test]
    fn who_pulls_in_what_is_large_is_named_and_what_does_without() {
        let all = [
            package("nvidia-nccl-cu12", 352_000_000, &[]),
            package("xgboost", 9, &["nvidia-nccl-cu12"]),
        ];
        let inventory = Inventory::of(all.to_vec());
        assert_eq!(
            told(&all[0], &inventory),
            "nvidia-nccl-cu12 352.0 MB, pulled in by xgboost: xgboost-cpu is it without CUDA's libraries"
        );
    }
}
