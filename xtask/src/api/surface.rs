//! What a crate offers, one line a thing, without the lines that follow from others.

use std::{collections::BTreeSet, error::Error, path::Path};

use public_api::{Builder, PublicItem, tokens::Token};
use serde_json::Value;

/// What `public-api` makes of rustdoc's JSON, and the JSON itself for what it does not tell.
pub(crate) struct Surface {
    items: Vec<PublicItem>,
    index: Value,
}

impl Surface {
    pub(crate) fn read(json: &Path) -> Result<Self, Box<dyn Error>> {
        let mut whole: Value = serde_json::from_str(&std::fs::read_to_string(json)?)?;
        let api = Builder::from_rustdoc_json(json).omit_blanket_impls(true).build();
        let api = api.map_err(|error| {
            let format = whole.get("format_version").cloned().unwrap_or_default();
            format!(
                "rustdoc writes format {format}, which is not what our version of `public-api` reads \
                 ({error}); its README says which version does, and docs/adr/0026 what to do"
            )
        })?;
        let index = whole.get_mut("index").map(Value::take).unwrap_or_default();
        Ok(Self { items: api.into_items().collect(), index })
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.items.iter().filter(|item| self.tells(item)).map(|item| self.line(item)).collect()
    }

    /// What an item is, by its number: `{"function": {…}}` and the like.
    fn inner(&self, id: u32, kind: &str) -> Option<&Value> {
        self.index.get(id.to_string())?.get("inner")?.get(kind)
    }

    /// Where an item comes from that is only passed on.
    fn source(&self, item: &PublicItem) -> Option<&str> {
        self.inner(item.id().0, "use")?.get("source")?.as_str()
    }

    fn line(&self, item: &PublicItem) -> String {
        let source = self.source(item).map(|source| format!(" = {source}")).unwrap_or_default();
        format!("{item}{source}")
    }

    /// Whether no other line says the same: the methods of a trait that is implemented are said by the trait, and that a
    /// type is `Send` is told by silence, as in the language: there is a line where it is not, or not always.
    fn tells(&self, item: &PublicItem) -> bool {
        let of_a_trait = |block: &&Value| block.get("trait").is_some_and(|of| !of.is_null());
        let parent = item.parent_id().and_then(|id| self.inner(id.0, "impl")).filter(of_a_trait);
        if parent.is_some() && self.inner(item.id().0, "function").is_some() {
            return false;
        }
        let Some(block) = self.inner(item.id().0, "impl") else { return true };
        let of = block.pointer("/trait/path").and_then(Value::as_str).unwrap_or_default();
        if block.get("is_synthetic").and_then(Value::as_bool) != Some(true) {
            return of != "StructuralPartialEq";
        }
        let conditions = block.pointer("/generics/where_predicates").and_then(Value::as_array);
        let always = block.get("is_negative").and_then(Value::as_bool) != Some(true)
            && conditions.is_none_or(Vec::is_empty);
        matches!(of, "Send" | "Sync") && !always
    }

    /// The paths in it that are neither the language's nor of one of `ours`.
    pub(crate) fn foreign(&self, ours: &[&str]) -> BTreeSet<String> {
        let ours: Vec<String> = ours.iter().map(|name| name.replace('-', "_")).collect();
        let is_foreign = |path: &String| {
            let first = path.split("::").next().unwrap_or_default();
            !["std", "core", "alloc", "crate", "self", "super"].contains(&first)
                && ours.iter().all(|name| name != first)
        };
        let told = self.items.iter().filter(|item| self.tells(item));
        told.flat_map(|item| {
            paths(item.tokens()).into_iter().chain(self.source(item).map(str::to_owned))
        })
        .filter(is_foreign)
        .collect()
    }
}

/// The paths of more than one part among the tokens. What has one part is a name within a path that was told before.
fn paths<'a>(tokens: impl Iterator<Item = &'a Token>) -> Vec<String> {
    let mut paths = vec![String::new()];
    for token in tokens {
        let continues = paths.last().is_some_and(|path| path.ends_with("::"));
        match token {
            Token::Identifier(text) | Token::Type(text) | Token::Function(text) => {
                if !continues {
                    paths.push(String::new());
                }
                paths.iter_mut().next_back().into_iter().for_each(|path| path.push_str(text));
            }
            Token::Symbol(text) if text == "::" => {
                paths.iter_mut().next_back().into_iter().for_each(|path| path.push_str(text));
            }
            _ => paths.push(String::new()),
        }
    }
    paths.retain(|path| path.contains("::") && !path.starts_with("::"));
    paths
}
