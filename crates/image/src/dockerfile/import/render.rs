//! The same as a part of `tollgate.yaml`.

use std::fmt::{self, Write as _};

use super::NativeImage;

impl NativeImage {
    /// A step of this name, indented as it stands below `steps:`.
    #[must_use]
    pub fn step(&self, name: &str) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = self.write(name, &mut text);
        text
    }

    fn write(&self, name: &str, to: &mut String) -> fmt::Result {
        writeln!(to, "  {name}:\n    image:")?;
        match &self.base {
            Some(base) => writeln!(to, "      base: {}", scalar(base))?,
            None => writeln!(to, "      base: {{ debian: {} }}", list(&self.debian))?,
        }
        if let Some(file) = &self.requirements {
            writeln!(to, "      requirements: {}", scalar(file))?;
        }
        let pairs =
            |title: &str, pairs: &mut dyn Iterator<Item = (&String, &String)>, to: &mut String| {
                let mut pairs = pairs.peekable();
                if pairs.peek().is_some() {
                    writeln!(to, "      {title}:")?;
                }
                for (name, value) in pairs {
                    writeln!(to, "        {}: {}", scalar(name), scalar(value))?;
                }
                Ok(())
            };
        pairs("copy", &mut self.copy.iter().map(|(from, place)| (from, place)), to)?;
        if let Some(workdir) = &self.workdir {
            writeln!(to, "      workdir: {}", scalar(workdir))?;
        }
        if let Some(user) = &self.user {
            writeln!(to, "      user: {}", quoted(user))?;
        }
        writeln!(to, "      command: {}", list(&self.command))?;
        pairs("env", &mut self.env.iter(), to)?;
        if !self.ports.is_empty() {
            let ports: Vec<String> = self.ports.iter().map(u16::to_string).collect();
            writeln!(to, "      ports: [{}]", ports.join(", "))?;
        }
        pairs("labels", &mut self.labels.iter(), to)
    }
}

fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| scalar(word)).collect();
    format!("[{}]", words.join(", "))
}

// What begins with a letter or a slash and has nothing of YAML's in it stands as it is.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_word = words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match begins && !is_word && text.chars().all(plain) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

// A text of JSON is one of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
