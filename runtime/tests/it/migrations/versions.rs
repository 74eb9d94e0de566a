//! One table in eight versions of an app, each with the code that its time had.

use synctable::{Id, LocalStore, SyncContext, SyncTable};

use crate::world::World;

/// What the tests do with every version.
pub(crate) trait Job: SyncTable + Clone + PartialEq + std::fmt::Debug {
    /// The number of the version.
    const NUMBER: usize;

    fn made(id: Id, text: &str, size: i32, note: &str) -> Self;
    fn text(&mut self) -> &mut String;
    fn size(&self) -> i64;
    /// `None` where there is no such column.
    fn note(&self) -> Option<String>;
    /// Does nothing where there is no such column.
    fn set_note(&mut self, note: &str);
}

/// The name of the text's column in a version.
pub(crate) fn text_name(version: usize) -> &'static str {
    match version {
        ..3 => "title",
        3..6 => "label",
        _ => "caption",
    }
}

/// The name of the size's column in a version.
pub(crate) fn size_name(version: usize) -> &'static str {
    if version < 8 { "size" } else { "length" }
}

/// Whether a version has the column `note`.
pub(crate) fn has_note(version: usize) -> bool {
    !(5..7).contains(&version)
}

/// Opens the table with the code of one version.
pub(crate) async fn open<J: Job>(world: &World, store: impl LocalStore) -> SyncContext {
    let mut builder = SyncContext::builder("https://server.example")
        .transport(world.clone())
        .clock(world.clock())
        .store(store)
        .table::<J>();
    if J::NUMBER >= 8 {
        builder = builder.table::<v8::Extra>();
    }
    if let Some(dialect) = world.told_dialect() {
        builder = builder.dialect(dialect);
    }
    builder.open().await.unwrap()
}

macro_rules! version {
    (
        $module:ident $number:literal: $text:ident, $size:ident,
        $made:expr, $note:expr, $set_note:expr,
        { $($item:item)* }
    ) => {
        pub(crate) mod $module {
            #![allow(unused_imports, reason = "not every version has every type")]
            use synctable::{Date, Id, SyncTable};
            $($item)*
            impl super::Job for Job {
                const NUMBER: usize = $number;

                fn made(id: Id, text: &str, size: i32, note: &str) -> Self {
                    let due = "2026-01-31";
                    let made: fn(Id, String, i32, String, &str) -> Self = $made;
                    made(id, text.to_owned(), size, note.to_owned(), due)
                }

                fn text(&mut self) -> &mut String {
                    &mut self.$text
                }

                fn size(&self) -> i64 {
                    i64::from(self.$size)
                }

                fn note(&self) -> Option<String> {
                    let note: fn(&Self) -> Option<String> = $note;
                    note(self)
                }

                fn set_note(&mut self, note: &str) {
                    let set: fn(&mut Self, String) = $set_note;
                    set(self, note.to_owned());
                }
            }
        }
    };
}

version!(v1 1: title, size,
    |id, title, size, note, due| Self { id, title, size, note, due: due.parse().unwrap(), state: "new".into() },
    |job| Some(job.note.clone()), |job, note| job.note = note,
    {
        /// The first version.
        #[derive(Debug, Clone, PartialEq, SyncTable)]
        pub(crate) struct Job {
            pub(crate) id: Id,
            #[sync(index)]
            pub(crate) title: String,
            pub(crate) size: i32,
            pub(crate) note: String,
            pub(crate) due: Date,
            pub(crate) state: String,
        }
    }
);

version!(v2 2: title, size,
    |id, title, size, note, due| {
        Self { id, title, size, note, due: due.parse().unwrap(), state: "new".into(), priority: Some(1) }
    },
    |job| Some(job.note.clone()), |job, note| job.note = note,
    {
        /// A column and an index are new.
        #[derive(Debug, Clone, PartialEq, SyncTable)]
        pub(crate) struct Job {
            pub(crate) id: Id,
            #[sync(index)]
            pub(crate) title: String,
            pub(crate) size: i32,
            pub(crate) note: String,
            pub(crate) due: Date,
            pub(crate) state: String,
            #[sync(index)]
            pub(crate) priority: Option<i64>,
        }
    }
);

version!(v3 3: label, size,
    |id, label, size, note, due| {
        Self { id, label, size, note, due: due.parse().unwrap(), state: "new".into(), priority: Some(1) }
    },
    |job| Some(job.note.clone()), |job, note| job.note = note,
    {
        /// The title is called label.
        #[derive(Debug, Clone, PartialEq, SyncTable)]
        pub(crate) struct Job {
            pub(crate) id: Id,
            pub(crate) priority: Option<i64>,
            #[sync(was = "title", index)]
            pub(crate) label: String,
            pub(crate) size: i32,
            pub(crate) note: String,
            pub(crate) due: Date,
            pub(crate) state: String,
        }
    }
);

version!(v4 4: label, size,
    |id, label, size, note, due| {
        Self { id, label, size: size.into(), note, due: due.into(), state: "new".into(), priority: Some(1) }
    },
    |job| Some(job.note.clone()), |job, note| job.note = note,
    {
        /// Two columns have wider types.
        #[derive(Debug, Clone, PartialEq, SyncTable)]
        pub(crate) struct Job {
            pub(crate) id: Id,
            pub(crate) priority: Option<i64>,
            #[sync(was = "title", index)]
            pub(crate) label: String,
            pub(crate) size: i64,
            pub(crate) note: String,
            pub(crate) due: String,
            pub(crate) state: String,
        }
    }
);

version!(v5 5: label, size,
    |id, label, size, _, due| {
        Self { id, label, size: size.into(), due: due.into(), state: "new".into(), priority: Some(1) }
    },
    |_| None, |_, _| {},
    {
        /// The note is gone.
        #[derive(Debug, Clone, PartialEq, SyncTable)]
        pub(crate) struct Job {
            pub(crate) id: Id,
            pub(crate) priority: Option<i64>,
            #[sync(was = "title", index)]
            pub(crate) label: String,
            pub(crate) size: i64,
            pub(crate) due: String,
            pub(crate) state: String,
        }
    }
);

version!(v6 6: caption, size,
    |id, caption, size, _, due| {
        Self { id, caption, size: size.into(), due: due.into(), state: "new".into(), priority: Some(1), done: true }
    },
    |_| None, |_, _| {},
    {
        /// The text has its third name, without an index; another column is new and has a default.
        #[derive(Debug, Clone, PartialEq, SyncTable)]
        pub(crate) struct Job {
            pub(crate) id: Id,
            pub(crate) priority: Option<i64>,
            #[sync(was = ["title", "label"])]
            pub(crate) caption: String,
            pub(crate) size: i64,
            pub(crate) due: String,
            pub(crate) state: String,
            #[sync(default)]
            pub(crate) done: bool,
        }
    }
);

version!(v7 7: caption, size,
    |id, caption, size, note, due| {
        let note = Some(note);
        Self { id, caption, size: size.into(), due: due.into(), state: None, priority: Some(1), done: true, note }
    },
    |job| job.note.clone(), |job, note| job.note = Some(note),
    {
        /// The note is back, and the state may be null.
        #[derive(Debug, Clone, PartialEq, SyncTable)]
        pub(crate) struct Job {
            pub(crate) id: Id,
            pub(crate) note: Option<String>,
            pub(crate) priority: Option<i64>,
            #[sync(was = ["title", "label"])]
            pub(crate) caption: String,
            pub(crate) size: i64,
            pub(crate) due: String,
            pub(crate) state: Option<String>,
            #[sync(default)]
            pub(crate) done: bool,
        }
    }
);

version!(v8 8: caption, length,
    |id, caption, size, note, due| {
        let note = Some(note);
        Self { id, caption, length: size.into(), due: due.into(), state: None, priority: Some(1), note }
    },
    |job| job.note.clone(), |job, note| job.note = Some(note),
    {
        /// The size is called length, what is done is gone, and there is another table.
        #[derive(Debug, Clone, PartialEq, SyncTable)]
        pub(crate) struct Job {
            pub(crate) id: Id,
            pub(crate) note: Option<String>,
            pub(crate) priority: Option<i64>,
            #[sync(was = ["title", "label"])]
            pub(crate) caption: String,
            #[sync(was = "size", index)]
            pub(crate) length: i64,
            pub(crate) due: String,
            pub(crate) state: Option<String>,
        }

        /// A table that is new.
        #[derive(Debug, Clone, PartialEq, SyncTable)]
        #[sync(local)]
        pub(crate) struct Extra {
            pub(crate) id: Id,
            pub(crate) text: String,
        }
    }
);
