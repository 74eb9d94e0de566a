//! Types that several tables use: defined in the first document, referred to from the others.

use std::collections::BTreeMap;

use synctable_codegen::document::{Additional, Member, Schema};

use crate::import::made::Made;

/// Leaves one definition of each type among documents that go into one folder; other types of the
/// same name are named after their table too.
pub(super) fn share(all: &mut [Made]) {
    let mut known: BTreeMap<String, (String, Schema)> = BTreeMap::new();
    for made in all {
        let file = made.file_name();
        let title = made.document.title.clone().unwrap_or_default();
        let mut moved = BTreeMap::new();
        let defs = std::mem::take(&mut made.document.defs);
        for (name, schema) in defs {
            let (home, name_here) = match known.get(&name) {
                Some((home, same)) if *same == schema => {
                    moved.insert(name.clone(), format!("{home}#/$defs/{name}"));
                    continue;
                }
                Some(_) => (file.clone(), format!("{title}{name}")),
                None => (file.clone(), name.clone()),
            };
            if name_here != name {
                moved.insert(name, format!("#/$defs/{name_here}"));
            }
            known.insert(name_here.clone(), (home, schema.clone()));
            made.document.defs.insert(name_here, schema);
        }
        let document = &mut made.document;
        for schema in document.properties.values_mut().chain(document.defs.values_mut()) {
            follow(&mut schema.0, &moved);
        }
    }
}

/// Changes the references to types that are elsewhere now.
fn follow(member: &mut Member, moved: &BTreeMap<String, String>) {
    let elsewhere = |reference: &String| moved.get(reference.strip_prefix("#/$defs/")?);
    if let Some(reference) = member.reference.as_ref().and_then(elsewhere) {
        member.reference = Some(reference.clone());
    }
    let unions = member.one_of.iter_mut().chain(&mut member.any_of).chain(&mut member.all_of);
    let below = unions.chain(member.properties.values_mut()).chain(&mut member.items);
    for schema in below {
        follow(&mut schema.0, moved);
    }
    if let Some(Additional::Of(schema)) = &mut member.additional_properties {
        follow(&mut schema.0, moved);
    }
}
