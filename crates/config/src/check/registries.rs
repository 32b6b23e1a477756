//! What data is held against, and lists of features among it.

use std::collections::BTreeMap;

use tollgate_model::{Registry, RelPath};

use super::Steps;
use crate::project::Project;
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::StepFile;
use crate::text::quoted;
use crate::{Code, Problem, Problems, suggest};

/// Lists of features by path; none where one can't be used.
pub(crate) type Registries = BTreeMap<RelPath, Option<Registry>>;

/// Whether the file is a list of features, which is read with the plan, as contracts are.
pub(crate) fn is_list(path: &RelPath) -> bool {
    let extension = std::path::Path::new(path.as_str()).extension();
    extension.is_some_and(|it| it.eq_ignore_ascii_case("yaml") || it.eq_ignore_ascii_case("yml"))
}

/// The sources of a step that are read when it runs.
pub(crate) fn files(step: &StepFile) -> impl Iterator<Item = &At<RelPath>> {
    sources(step).filter(|path| !is_list(&path.value))
}

/// Reads the lists of features that the steps name, each once. Their texts are added to `texts`,
/// and their problems to `sink`.
pub(crate) fn registries(
    steps: &Steps,
    project: &dyn Project,
    texts: &mut BTreeMap<String, String>,
    sink: &mut Sink,
) -> Registries {
    let mut read = Registries::new();
    let lists = steps.iter().flat_map(|(_, step)| sources(&step.value));
    for path in lists.filter(|path| is_list(&path.value)) {
        if !read.contains_key(&path.value) {
            let registry = registry(path, project, texts, sink);
            read.insert(path.value.clone(), registry);
        }
    }
    read
}

fn sources(step: &StepFile) -> impl Iterator<Item = &At<RelPath>> {
    step.consistent_with.iter().flat_map(|sources| &sources.value)
}

fn registry(
    path: &At<RelPath>,
    project: &dyn Project,
    texts: &mut BTreeMap<String, String>,
    sink: &mut Sink,
) -> Option<Registry> {
    let name = path.value.as_str();
    let text = match project.read(&path.value) {
        Ok(text) => text,
        Err(why) => {
            let message = format!("the list of features {} can't be read", quoted(name));
            let problem = Problem::new(Code::UnreadableRegistry, path.span, message).label(why);
            let meant = super::files::similar(name, &project.paths());
            let meant = meant.filter(|_| project.kind(&path.value).is_none());
            sink.add(problem.maybe_hint(suggest::did_you_mean(meant.as_deref())));
            return None;
        }
    };
    match crate::registry(&text, name) {
        Ok(registry) => Some(registry),
        Err(problems) => {
            texts.insert(name.to_owned(), Problems::source(&text).to_owned());
            sink.adopt(problems.into_vec());
            None
        }
    }
}
