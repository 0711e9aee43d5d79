//! The context of a case: keys with strings, booleans, numbers or lists of them.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::echo::echo;
use crate::policy::Scalars;

/// The keys of a case's context with their values as text. A list without values is a key that is absent.
pub(super) struct GivenContext(pub(super) BTreeMap<String, Vec<String>>);

impl<'de> Deserialize<'de> for GivenContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl<'de> Visitor<'de> for Expected {
            type Value = GivenContext;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of condition keys")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<GivenContext, A::Error> {
                let mut keys = BTreeMap::new();
                while let Some((key, values)) = map.next_entry::<String, Scalars>()? {
                    // keys have no case, so two spellings of one key contradict each other
                    if keys.insert(key.to_ascii_lowercase(), values.0).is_some() {
                        return Err(A::Error::custom(format!("the context has the key `{}` twice", echo(&key))));
                    }
                }
                Ok(GivenContext(keys))
            }
        }
        deserializer.deserialize_map(Expected)
    }
}
