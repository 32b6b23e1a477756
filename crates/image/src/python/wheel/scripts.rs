//! The commands that a package brings. Source: the specification "Entry points", section "Use for
//! scripts", and that of binary distributions for `#!python`.

/// A command that calls a function of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) name: String,
    module: String,
    function: String,
}

/// The commands of an `entry_points.txt`; the error is the line that is none.
pub(super) fn commands(text: &str) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    let mut wanted = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            wanted = matches!(section.trim(), "console_scripts" | "gui_scripts");
        } else if wanted {
            commands.push(command(line).ok_or_else(|| line.chars().take(200).collect::<String>())?);
        }
    }
    Ok(commands)
}

// `name = module:function [extra]`, in which nothing may break out of the script that it goes into.
fn command(line: &str) -> Option<Command> {
    let (name, value) = line.split_once('=')?;
    let value = value.split_once('[').map_or(value, |(value, _)| value).trim();
    let (module, function) = value.split_once(':')?;
    let (name, module, function) = (name.trim(), module.trim(), function.trim());
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let named = name.chars().all(plain) && !name.is_empty() && !name.starts_with('.');
    (named && is_dotted(module) && is_dotted(function)).then(|| Command {
        name: name.to_owned(),
        module: module.to_owned(),
        function: function.to_owned(),
    })
}

fn is_dotted(text: &str) -> bool {
    let starts = |part: &str| part.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let rest = |part: &str| part.chars().all(|c| c.is_alphanumeric() || c == '_');
    text.split('.').all(|part| starts(part) && rest(part))
}

impl Command {
    /// The script that calls it with the interpreter `python`.
    pub(super) fn script(&self, python: &str) -> String {
        let Self { module, function, .. } = self;
        let object = function.split('.').next().unwrap_or(function);
        format!(
            "#!{python}\nimport sys\nfrom {module} import {object}\n\nif __name__ == \"__main__\":\n    sys.exit({function}())\n"
        )
    }
}

/// A script of the wheel with its `#!python` made that of the image.
pub(super) fn with_interpreter(script: Vec<u8>, python: &str) -> Vec<u8> {
    if !script.starts_with(b"#!python") {
        return script;
    }
    let end = script.iter().position(|byte| *byte == b'\n').unwrap_or(script.len());
    // What follows the interpreter on its line are its arguments.
    let arguments = script[b"#!python".len()..end].strip_prefix(b"w");
    let arguments = arguments.unwrap_or(&script[b"#!python".len()..end]);
    [b"#!", python.as_bytes(), arguments, &script[end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_call_their_function() {
        let text = "[other]\nx = y\n[console_scripts]\n# c\na.b-c = m.n:f.g [extra]\n";
        let commands = commands(text).unwrap();
        let script = commands[0].script("/usr/bin/python3.11");
        assert_eq!(
            script,
            "#!/usr/bin/python3.11\nimport sys\nfrom m.n import f\n\nif __name__ == \"__main__\":\n    sys.exit(f.g())\n"
        );
        assert_eq!((commands.len(), commands[0].name.as_str()), (1, "a.b-c"));
    }

    #[test]
    fn what_breaks_out_of_a_script_is_refused() {
        for line in
            ["../x = m:f", "x = m:f()", "x = m; import os:f", "x = m", "x", " = m:f", ".x = m:f"]
        {
            assert!(commands(&format!("[console_scripts]\n{line}\n")).is_err(), "{line}");
        }
    }

    #[test]
    fn scripts_start_the_python_of_the_image() {
        let rewritten = |text: &str| with_interpreter(text.as_bytes().to_vec(), "/p");
        assert_eq!(rewritten("#!python -E\nx"), b"#!/p -E\nx");
        assert_eq!(rewritten("#!pythonw\nx"), b"#!/p\nx");
        assert_eq!(rewritten("#!/bin/sh\nx"), b"#!/bin/sh\nx");
        assert_eq!(rewritten("#!python"), b"#!/p");
    }
}
