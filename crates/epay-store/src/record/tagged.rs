//! An object that says by its `kind` which fields it has. As it is written the kind comes first, and
//! what follows is read at once as what it is; in any other order it is kept until the kind is known.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value};

/// What an object with a `kind` is read as.
pub(super) trait Tagged<'de>: Sized {
    type Kind: for<'any> Deserialize<'any>;

    /// One of this kind, with its fields. What else there is is passed over.
    fn of<D: Deserializer<'de>>(kind: Self::Kind, fields: D) -> Result<Self, D::Error>;
}

/// A name in an object, borrowed where nothing in it is escaped.
#[derive(Deserialize)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Reads the object.
pub(super) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: for<'any> Tagged<'any>,
    D: Deserializer<'de>,
{
    from.deserialize_map(Object(PhantomData))
}

struct Object<T>(PhantomData<T>);

impl<'de, T: for<'any> Tagged<'any>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut early = Map::new();
        while let Some(Name(name)) = map.next_key()? {
            if name == "kind" && early.is_empty() {
                let kind = map.next_value()?;
                return T::of(kind, MapAccessDeserializer::new(map));
            }
            early.insert(name.into_owned(), map.next_value()?);
        }
        in_any_order(early)
    }
}

/// One of which all is there already.
pub(super) fn in_any_order<T: for<'any> Tagged<'any>, E: Error>(
    mut object: Map<String, Value>,
) -> Result<T, E> {
    let kind = object.remove("kind").ok_or_else(|| E::missing_field("kind"))?;
    // The texts of both errors would repeat what stands in the line.
    let kind = T::Kind::deserialize(kind).map_err(|_| E::custom("a kind"))?;
    T::of(kind, Value::Object(object)).map_err(|_| E::custom("fields of this kind"))
}
