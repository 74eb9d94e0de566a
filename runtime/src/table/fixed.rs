//! Fields whose types are given: the id and the system columns.

use std::fmt;

/// The one type that a field can have.
#[diagnostic::on_unimplemented(
    message = "the type of this field is given: it is `{Expected}`, not `{Self}`",
    label = "write `{Expected}`",
    note = "an id is an `Id`; system columns are `version: Option<Version>`, `updated_at: Option<Timestamp>`, `created_at: Option<Timestamp>` and `deleted: bool`"
)]
pub trait FixedType<Expected>: Sized {
    /// The field as what it is.
    const FIELD: FixedField<Self, Expected>;
}

impl<V> FixedType<V> for V {
    const FIELD: FixedField<V, V> =
        FixedField { borrow: |field| field, borrow_mut: |field| field, make: |value| value };
}

/// Reaches the value of a field that has a given type.
///
/// It asks nothing of `V` itself, so a field of another type is one compile error and not one for
/// each use.
pub struct FixedField<V, Expected> {
    borrow: fn(&V) -> &Expected,
    borrow_mut: fn(&mut V) -> &mut Expected,
    make: fn(Expected) -> V,
}

/// The field of a type that has to be the given one.
#[must_use]
pub const fn fixed<V: FixedType<Expected>, Expected>() -> FixedField<V, Expected> {
    V::FIELD
}

impl<V, Expected> FixedField<V, Expected> {
    /// Borrows the field's value.
    #[inline]
    pub fn borrow<'a>(&self, field: &'a V) -> &'a Expected {
        (self.borrow)(field)
    }

    /// Borrows the field's value, to change it.
    #[inline]
    pub fn borrow_mut<'a>(&self, field: &'a mut V) -> &'a mut Expected {
        (self.borrow_mut)(field)
    }

    /// Makes the field of a value.
    #[inline]
    pub fn make(&self, value: Expected) -> V {
        (self.make)(value)
    }
}

impl<V, Expected> fmt::Debug for FixedField<V, Expected> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FixedField")
    }
}
