//! How each value of the domain is written to a record and read from it, defined once for both
//! directions.

use core::time::Duration;

use epay_domain::{
    BankText, CardId, Note, NotificationKind, StepId, TerminalId, Timestamp, TransactionId,
};

use super::{RecordError, invalid, unknown};

/// A part of a record that holds a `D` of the domain.
pub(super) trait Field<D>: Sized {
    fn write(it: &D) -> Self;
    fn read(self) -> Result<D, RecordError>;
}

/// An enum of a record and the one of the domain that it holds: for each variant its fields here,
/// and `=` what the variant of the same name holds there, or of the name behind `as`. The names are the
/// format: they never change. A word that only a newer version knows is kept apart from damage.
macro_rules! wire {
    // A word alone.
    ($(#[$meta:meta])* $name:ident: $($variant:ident),+ $(,)?) => {
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        $(#[$meta])*
        pub(super) enum $name {
            $($variant,)+
            #[serde(other, skip_serializing)]
            Unknown,
        }

        $crate::record::field::wire! { @both $name: $($variant),+ }
    };
    // An object whose `kind` is the variant, with the variant's fields beside it.
    (tagged $(#[$meta:meta])* $name:ident: $(
        $variant:ident $(as $of:ident)?
        $({ $($(#[$field_meta:meta])* $field:ident: $type:ty),+ $(,)? } = $there:tt)?
    ),+ $(,)?) => {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "snake_case", tag = "kind")]
        $(#[$meta])*
        pub(super) enum $name {
            $($variant $({ $($(#[$field_meta])* $field: $type),+ })?,)+
            #[serde(skip_serializing)]
            Unknown,
        }

        const _: () = {
            #[derive(serde::Deserialize)]
            #[serde(rename_all = "snake_case")]
            pub(super) enum Kind {
                $($variant,)+
                #[serde(other)]
                Unknown,
            }

            impl<'de> $crate::record::tagged::Tagged<'de> for $name {
                type Kind = Kind;

                fn of<D: serde::Deserializer<'de>>(kind: Kind, rest: D) -> Result<$name, D::Error> {
                    match kind {
                        $(Kind::$variant => {
                            $crate::record::field::wire! {
                                @fields rest $(, $($(#[$field_meta])* $field: $type),+)?
                            }
                            Ok($name::$variant $({ $($field),+ })?)
                        })+
                        Kind::Unknown => {
                            $crate::record::field::wire! { @fields rest }
                            Ok($name::Unknown)
                        }
                    }
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                    $crate::record::tagged::deserialize(from)
                }
            }
        };

        $crate::record::field::wire! { @both $name: $($variant $(as $of)? $({ $($field),+ } = $there)?),+ }
    };
    (@fields $rest:ident) => {
        <serde::de::IgnoredAny as serde::Deserialize>::deserialize($rest)?;
    };
    (@fields $rest:ident, $($(#[$meta:meta])* $field:ident: $type:ty),+) => {
        #[derive(serde::Deserialize)]
        struct Fields {
            $($(#[$meta])* $field: $type),+
        }
        let Fields { $($field),+ } = <Fields as serde::Deserialize>::deserialize($rest)?;
    };
    (@both $name:ident: $(
        $variant:ident $(as $of:ident)? $({ $($field:ident),+ } = $there:tt)?
    ),+) => {
        impl $crate::record::field::Field<epay_domain::$name> for $name {
            fn write(it: &epay_domain::$name) -> $name {
                match it {
                    $($crate::record::field::there!($name $variant $($of)? => $($there)?) => {
                        $name::$variant $({
                            $($field: $crate::record::field::Field::write($field)),+
                        })?
                    })+
                }
            }

            fn read(self) -> Result<epay_domain::$name, $crate::record::RecordError> {
                Ok(match self {
                    $($name::$variant $({ $($field),+ })? => {
                        $($(let $field = $crate::record::field::Field::read($field)?;)+)?
                        $crate::record::field::there!($name $variant $($of)? => $($there)?)
                    })+
                    $name::Unknown => return Err($crate::record::unknown()),
                })
            }
        }
    };
}
pub(super) use wire;

/// The domain's variant, as a pattern or as a value.
macro_rules! there {
    ($name:ident $variant:ident => $($fields:tt)?) => {
        epay_domain::$name::$variant $($fields)?
    };
    ($name:ident $variant:ident $of:ident => $($fields:tt)?) => {
        epay_domain::$name::$of $($fields)?
    };
}
pub(super) use there;

/// Texts that the domain checks.
macro_rules! texts {
    ($($name:ident),+) => {$(
        impl Field<$name> for String {
            fn write(it: &$name) -> String {
                it.to_string()
            }

            fn read(self) -> Result<$name, RecordError> {
                Ok($name::new(&self)?)
            }
        }
    )+};
}
texts!(CardId, Note, StepId, TerminalId, TransactionId);

/// What stands in a record as it is.
macro_rules! plain {
    ($($name:ty),+) => {$(
        impl Field<$name> for $name {
            fn write(it: &$name) -> $name {
                it.clone()
            }

            fn read(self) -> Result<$name, RecordError> {
                Ok(self)
            }
        }
    )+};
}
plain!(String, u32, u64);

/// A text that was never cut here: ours are no longer than what is kept.
impl Field<BankText> for String {
    fn write(it: &BankText) -> String {
        it.to_string()
    }

    fn read(self) -> Result<BankText, RecordError> {
        let kept = BankText::new(&self);
        if kept.as_str() == self { Ok(kept) } else { Err(invalid()) }
    }
}

impl Field<NotificationKind> for String {
    fn write(it: &NotificationKind) -> String {
        it.name().to_owned()
    }

    fn read(self) -> Result<NotificationKind, RecordError> {
        NotificationKind::ALL.into_iter().find(|it| it.name() == self).ok_or_else(unknown)
    }
}

/// Whole milliseconds, rounded down.
impl Field<Duration> for u64 {
    fn write(it: &Duration) -> u64 {
        u64::try_from(it.as_millis()).unwrap_or(u64::MAX)
    }

    fn read(self) -> Result<Duration, RecordError> {
        Ok(Duration::from_millis(self))
    }
}

/// Milliseconds since 1970.
impl Field<Timestamp> for u64 {
    fn write(it: &Timestamp) -> u64 {
        it.unix_millis()
    }

    fn read(self) -> Result<Timestamp, RecordError> {
        let read = Timestamp::from_unix_millis(self);
        if read.unix_millis() == self { Ok(read) } else { Err(invalid()) }
    }
}

impl<D, F: Field<D>> Field<D> for Box<F> {
    fn write(it: &D) -> Box<F> {
        Box::new(F::write(it))
    }

    fn read(self) -> Result<D, RecordError> {
        (*self).read()
    }
}

impl<D, F: Field<D>> Field<Option<D>> for Option<F> {
    fn write(it: &Option<D>) -> Option<F> {
        it.as_ref().map(F::write)
    }

    fn read(self) -> Result<Option<D>, RecordError> {
        self.map(F::read).transpose()
    }
}

impl<D, F: Field<D>> Field<Vec<D>> for Vec<F> {
    fn write(it: &Vec<D>) -> Vec<F> {
        it.iter().map(F::write).collect()
    }

    fn read(self) -> Result<Vec<D>, RecordError> {
        self.into_iter().map(F::read).collect()
    }
}
