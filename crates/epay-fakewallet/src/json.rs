//! JSON in the order it was written and with what no serializer would write: names twice, numbers of any form.

use std::fmt;

/// An object whose values are JSON texts, nested objects apart so that a fault can reach into them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object(Vec<(String, Value)>);

#[derive(Debug, Clone)]
enum Value {
    Raw(String),
    Object(Object),
}

impl Object {
    /// Sets a value given as JSON, where the name is or at the end.
    pub(crate) fn set(&mut self, name: &str, json: impl Into<String>) {
        self.put(name, Value::Raw(json.into()));
    }

    /// Sets a text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.set(name, quoted(text));
    }

    /// Sets bytes as lower-case hex.
    pub(crate) fn hex(&mut self, name: &str, bytes: &[u8]) {
        self.text(name, &hex(bytes));
    }

    fn put(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(there, _)| there == name) {
            Some((_, there)) => *there = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// The object of this name, made if there is none.
    pub(crate) fn object(&mut self, name: &str) -> &mut Self {
        if !self.0.iter().any(|(there, value)| there == name && matches!(value, Value::Object(_))) {
            self.put(name, Value::Object(Self::default()));
        }
        let found = self.0.iter_mut().find_map(|(there, value)| match value {
            Value::Object(object) if there == name => Some(object),
            _ => None,
        });
        found.expect("it was put there")
    }

    /// The text of this name, without quotes; nothing here needs escapes to be read.
    pub(crate) fn read(&self, name: &str) -> String {
        self.0.iter().find(|(there, _)| there == name).map_or_else(String::new, |(_, value)| {
            match value {
                Value::Raw(json) => json.trim_matches('"').to_owned(),
                Value::Object(object) => object.to_string(),
            }
        })
    }

    /// Changes a text by a function of it.
    pub(crate) fn change(&mut self, name: &str, by: impl FnOnce(String) -> String) {
        let text = by(self.read(name));
        self.text(name, &text);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(there, _)| there != name);
    }

    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        for (there, _) in &mut self.0 {
            if there == from {
                to.clone_into(there);
            }
        }
    }

    /// Says one name a second time, with the same value.
    pub(crate) fn double(&mut self, name: &str) {
        if let Some(again) = self.0.iter().find(|(there, _)| there == name).cloned() {
            self.0.push(again);
        }
    }

    pub(crate) fn reverse(&mut self) {
        self.0.reverse();
        for (_, value) in &mut self.0 {
            if let Value::Object(object) = value {
                object.reverse();
            }
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (n, (name, value)) in self.0.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            match value {
                Value::Raw(json) => write!(f, "{comma}{}:{json}", quoted(name))?,
                Value::Object(object) => write!(f, "{comma}{}:{object}", quoted(name))?,
            }
        }
        f.write_str("}")
    }
}

pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
