//! The parameters of a statement, each with the type of its column: so the server need not be asked
//! for types first, and no session state is used.

use tokio_postgres::types::{ToSql, Type};

pub(super) type Param = (Box<dyn ToSql + Send + Sync>, Type);

/// A value whose type in a statement is known.
pub(super) trait Value: ToSql + Send + Sync + Sized + 'static {
    const TYPE: Type;

    fn param(self) -> Param {
        (Box::new(self), Self::TYPE)
    }
}

macro_rules! values {
    ($($value:ty => $type:ident),+ $(,)?) => {
        $(impl Value for $value {
            const TYPE: Type = Type::$type;
        })+
    };
}
values! {
    i64 => INT8,
    Option<i64> => INT8,
    Vec<i64> => INT8_ARRAY,
    Vec<Option<i64>> => INT8_ARRAY,
    String => TEXT,
    Vec<String> => TEXT_ARRAY,
    Vec<&'static str> => TEXT_ARRAY,
    Vec<Option<String>> => TEXT_ARRAY,
    Vec<u8> => BYTEA,
    Option<Vec<u8>> => BYTEA,
    Vec<Vec<u8>> => BYTEA_ARRAY,
    Vec<Option<Vec<u8>>> => BYTEA_ARRAY,
}

/// The parameters of a statement, in their order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::postgres::params::Value::param($value)),*]
    };
}
pub(super) use params;
