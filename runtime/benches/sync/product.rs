//! The product's half of every comparison; each place answers `None` until there is a product to measure.

use crate::Result;
use crate::mock::Pages;
use crate::rows::Item;
use crate::store::Synchronous;
use crate::world::World;

/// Rows a second of a cold pull into a fresh store: `ctx.table::<Item>().pull(Item::pull("all"))`.
pub(crate) fn pull(_world: &World, _url: &str, _pages: &Pages) -> Result<Option<f64>> {
    Ok(None)
}

/// Rows a second of a full pull whose rows are all there with the same versions.
pub(crate) fn pull_again(_world: &World, _url: &str, _pages: &Pages) -> Result<Option<f64>> {
    Ok(None)
}

/// Inserts a second, `in_flight` of them awaited at a time.
pub(crate) fn insert(_world: &World, _rows: &[Item], _disk: Synchronous, _in_flight: usize) -> Result<Option<f64>> {
    Ok(None)
}

/// Operations a second of `ctx.push()` over a queue of inserts, synchronous=FULL and a commit an operation.
pub(crate) fn push(_world: &World, _url: &str, _rows: &[Item]) -> Result<Option<f64>> {
    Ok(None)
}

/// Does one cold pull between two calls of `mark`, the first when store and client are open.
pub(crate) fn pull_for_memory(_world: &World, _url: &str, _mark: &mut dyn FnMut()) -> Result<Option<()>> {
    Ok(None)
}
