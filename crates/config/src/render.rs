//! Problems as a person reads them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use annotate_snippets::{Annotation, AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::text::plural;
use crate::{Problem, Problems, Span};

pub(crate) fn render(
    problems: &[Problem],
    sources: &BTreeMap<String, String>,
    color: bool,
) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut shown: Vec<String> = problems
        .iter()
        .take(Problems::SHOWN)
        .map(|problem| one(&renderer, problem, sources.get(&problem.file).map(String::as_str)))
        .collect();
    shown.push(total(problems.len()));
    shown.join("\n\n") + "\n"
}

fn one(renderer: &Renderer, problem: &Problem, source: Option<&str>) -> String {
    let title = Level::ERROR.primary_title(&*problem.message).id(problem.code.as_str());
    let group = match source.and_then(|text| Window::around(problem, text)) {
        Some(window) => title.element(window.snippet(problem)),
        None => title.element(
            Origin::path(&*problem.file)
                .line(problem.span.line as usize)
                .char_column(problem.span.column as usize),
        ),
    };
    let hint = problem.hint.iter().map(|hint| Level::HELP.message(&**hint));
    renderer.render(&[group.elements(hint)])
}

fn total(count: usize) -> String {
    let all = plural(count, "problem");
    match count > Problems::SHOWN {
        true => format!("{all}; the first {} are shown", Problems::SHOWN),
        false => all,
    }
}

/// The lines of a text that a problem is about. Handing over just these keeps the work small for
/// a large file with many problems.
struct Window<'t> {
    text: Cow<'t, str>,
    start: usize,
    line: usize,
}

impl<'t> Window<'t> {
    fn around(problem: &Problem, text: &'t str) -> Option<Self> {
        let spans = || problem.secondary.iter().map(|label| label.span).chain([problem.span]);
        let first = spans().map(|span| span.start).min()?;
        let last = spans().map(|span| span.end).max()?;
        let start = text.get(..first)?.rfind('\n').map_or(0, |at| at + 1);
        let end = text.get(last..)?.find('\n').map_or(text.len(), |at| last + at);
        let line = spans().map(|span| span.line).min()? as usize;
        // Blanked in place: the end of a line made on Windows is nothing to look at.
        let text = match text[start..end].contains('\r') {
            true => text[start..end].replace('\r', " ").into(),
            false => text[start..end].into(),
        };
        Some(Self { text, start, line })
    }

    fn snippet<'a>(&self, problem: &'a Problem) -> Snippet<'a, Annotation<'a>>
    where
        't: 'a,
    {
        let also = problem.secondary.iter();
        Snippet::source(self.text.clone())
            .line_start(self.line)
            .path(&*problem.file)
            .annotation(self.mark(AnnotationKind::Primary, problem.span, &problem.label))
            .annotations(also.map(|l| self.mark(AnnotationKind::Context, l.span, &l.text)))
    }

    fn mark<'a>(&self, kind: AnnotationKind, span: Span, label: &'a str) -> Annotation<'a> {
        let mark = kind.span(span.start - self.start..span.end - self.start);
        if label.is_empty() { mark } else { mark.label(label) }
    }
}
