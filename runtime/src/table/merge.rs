//! How the two sides of a column become one: what a table declares for merge policies.

use crate::value::{CellWriter, ColumnType, ValueError, ValueRef};

/// Makes one value of the two that device and server gave a column: the base, the local and the
/// remote cell are read, the merged one is written. The base is `None` where it is not known.
pub type MergeFunction = fn(
    base: Option<ValueRef<'_>>,
    local: ValueRef<'_>,
    remote: ValueRef<'_>,
    merged: CellWriter<'_>,
) -> Result<(), ValueError>;

/// What becomes of a column that device and server both changed; declared by `#[sync(merge = ..)]`.
///
/// The rule is applied by [`ConflictPolicy::Merge`](crate::ConflictPolicy::Merge) and by
/// [`Conflict::merged`](crate::Conflict::merged): it decides a column that both sides changed. A
/// column that one side changed takes that side's value. Without the policy, and without a handler
/// that asks for the merge, it does nothing.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum MergeRule {
    /// The local value.
    Local,
    /// The remote value.
    Remote,
    /// The greater value, in the order of the column's type; null yields to any value.
    Max,
    /// The lesser value, in the order of the column's type; null yields to any value.
    Min,
    /// The base and what either side added to it: local + remote - base, from zero where there is no
    /// base. No answer beyond the column's type, and for a decimal that would lose digits.
    Sum,
    /// The items of both JSON arrays, each once: the remote ones, then those that only the device has.
    Union,
    /// What the app's function makes; no answer if it fails.
    Function(MergeFunction),
}

impl MergeRule {
    /// Panics, at compile time, if values of the column cannot be merged so.
    #[track_caller]
    pub(super) const fn assert_fits(self, column: ColumnType) {
        match self {
            Self::Max | Self::Min => assert!(
                column.is_ordered() && !matches!(column, ColumnType::Version),
                "`merge = \"max\"` and `merge = \"min\"` go on columns whose values have an order: numbers, text, ids, \
                 dates and times; write \"local\", \"remote\" or the path of a function"
            ),
            Self::Sum => assert!(
                column.is_number(),
                "`merge = \"sum\"` goes on columns of numbers: integers, f32, f64 or Decimal; write \"local\", \"remote\" or \
                 the path of a function"
            ),
            Self::Union => assert!(
                matches!(column, ColumnType::Json),
                "`merge = \"union\"` goes on `#[sync(json)]` columns that hold arrays; write \"local\", \"remote\" or \
                 the path of a function"
            ),
            Self::Local | Self::Remote | Self::Function(_) => {}
        }
    }
}
