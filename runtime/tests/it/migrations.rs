//! Stores that versions of an app made, opened by later ones, with every kind of operation in the queue.

mod life;
mod refetch;
mod removed;
mod unknown;
mod versions;

use std::path::Path;

use synctable::wire::Dialect;

use crate::world::World;
use life::{arrives, lives, opens, rename_on_server, survives};
use versions::{Job, v1, v2, v3, v4, v5, v6, v7, v8};

/// Lives with one version, then opens the file with another and sends all.
async fn jumps<From: Job, To: Job>(dialect: Dialect) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let world = World::new(dialect);
    let context = opens::<From>(&world, &path).await;
    lives::<From>(&world, &context).await;
    drop(context);
    rename_on_server(&world, From::NUMBER, To::NUMBER);
    let context = opens::<To>(&world, &path).await;
    survives::<To>(&context, From::NUMBER).await;
    arrives::<To>(&world, &context, &[From::NUMBER]).await;
}

macro_rules! jump_tests {
    ($($name:ident: $from:ident => $($to:ident),+;)+) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $name() {
                for dialect in [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2] {
                    $(jumps::<$from::Job, $to::Job>(dialect).await;)+
                }
            }
        )+
    };
}

jump_tests! {
    from_the_first_version_to_each_later_one: v1 => v2, v3, v4, v5, v6, v7, v8;
    from_the_second_version_to_each_later_one: v2 => v3, v4, v5, v6, v7, v8;
    from_the_third_version_to_each_later_one: v3 => v4, v5, v6, v7, v8;
    from_the_fourth_version_to_each_later_one: v4 => v5, v6, v7, v8;
    from_the_fifth_version_to_each_later_one: v5 => v6, v7, v8;
    from_the_sixth_version_to_each_later_one: v6 => v7, v8;
    from_the_seventh_version_to_the_last: v7 => v8;
}

/// Opens the file with the next version and looks at what is left of the first.
async fn steps<Before: Job, Next: Job>(world: &World, path: &Path, born: usize) {
    rename_on_server(world, Before::NUMBER, Next::NUMBER);
    let context = opens::<Next>(world, path).await;
    survives::<Next>(&context, born).await;
}

macro_rules! step_tests {
    ($($name:ident: $from:ident $(, $before:ident => $next:ident)*;)+) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $name() {
                for dialect in [Dialect::DatasyncV3, Dialect::Toolkit] {
                    let folder = tempfile::tempdir().unwrap();
                    let path = folder.path().join("store.db");
                    let world = World::new(dialect);
                    let context = opens::<$from::Job>(&world, &path).await;
                    lives::<$from::Job>(&world, &context).await;
                    drop(context);
                    let born = <$from::Job as Job>::NUMBER;
                    $(steps::<$before::Job, $next::Job>(&world, &path, born).await;)*
                    let context = opens::<v8::Job>(&world, &path).await;
                    arrives::<v8::Job>(&world, &context, &[born]).await;
                }
            }
        )+
    };
}

step_tests! {
    step_by_step_from_the_first_version:
        v1, v1 => v2, v2 => v3, v3 => v4, v4 => v5, v5 => v6, v6 => v7, v7 => v8;
    step_by_step_from_the_second_version: v2, v2 => v3, v3 => v4, v4 => v5, v5 => v6, v6 => v7, v7 => v8;
    step_by_step_from_the_third_version: v3, v3 => v4, v4 => v5, v5 => v6, v6 => v7, v7 => v8;
    step_by_step_from_the_fourth_version: v4, v4 => v5, v5 => v6, v6 => v7, v7 => v8;
    step_by_step_from_the_fifth_version: v5, v5 => v6, v6 => v7, v7 => v8;
    step_by_step_from_the_sixth_version: v6, v6 => v7, v7 => v8;
}
