//! Three-valued truth: what holds whatever is not known, what fails whatever is not known, and what hangs on it.

/// Whether something holds. The order is that of strength: `max` is "or", `min` is "and".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    /// It fails in every request that the known facts allow.
    False,
    /// It holds in some of them and fails in others, as far as we can tell.
    Unknown,
    /// It holds in every one.
    True,
}

impl Truth {
    /// Holds where the other fails.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }

    /// Holds where one of them holds; false for none.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::False;
        for part in parts {
            whole = whole.max(part);
            if whole == Self::True {
                break;
            }
        }
        whole
    }

    /// Holds where all of them hold; true for none.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::True;
        for part in parts {
            whole = whole.min(part);
            if whole == Self::False {
                break;
            }
        }
        whole
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}
