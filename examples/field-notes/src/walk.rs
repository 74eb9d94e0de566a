//! The steps of the walk; what they print is read back from a store.

use std::net::TcpListener;
use std::path::Path;

use synctable::{ConflictPolicy, Date, ErrorKind, Id, Status, SyncContext, SyncTable as _, Table, Timestamp, Uuid};
use synctable_server::{Config, Server};

use crate::tables::{FieldNote, Habitat, Location, NoteStatus, NoteTitle, Site};
use crate::{Failure, served};

/// One device: its context and its two tables.
struct Device {
    context: SyncContext,
    sites: Table<Site>,
    notes: Table<FieldNote>,
}

impl Device {
    async fn open(store: &Path, server: &str) -> Result<Self, Failure> {
        let builder = SyncContext::builder(server).store_path(store).table::<Site>().table::<FieldNote>();
        // Columns that one side changed never conflict; the document says what becomes of the others.
        let builder = builder.conflict_policy(ConflictPolicy::Merge);
        let context = builder.open().await?;
        Ok(Self { sites: context.table(), notes: context.table(), context })
    }
}

/// Walks all steps; the first that does not hold ends the walk.
pub(crate) async fn walk() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let tablet_store = folder.path().join("tablet.db");

    step("1. Tables from documents: the columns of the notes");
    for column in FieldNote::SCHEMA.columns() {
        let may_be_null = if column.is_nullable() { ", may be null" } else { "" };
        println!("   {}: {:?}{may_be_null}", column.wire_name(), column.column_type());
    }

    step("2. A note, no server in reach");
    let tablet = Device::open(&tablet_store, &format!("http://127.0.0.1:{}", free_port()?)).await?;
    let meadow = Site { name: "North meadow".to_owned(), habitat: Habitat::Meadow, ..Site::default() };
    let meadow = tablet.sites.insert(meadow).await?;
    let note = tablet.notes.insert(note(&meadow.id)?).await?;
    let draft = FieldNote { summary: "Tracks at the gate".to_owned(), animals: 0, ..note.clone() };
    let draft = tablet.notes.insert(FieldNote { id: Id::default(), status: NoteStatus::Draft, ..draft }).await?;
    show(&note);
    println!("   pending: {}, push: {}", tablet.context.pending_count().await?, tablet.context.push().await?.status());

    step("3. The document's rules hold before anything is stored");
    let refused = tablet.notes.edit(&note.id, |note| {
        note.summary.clear();
        note.animals = -1;
    });
    let Err(error) = refused.await else { return Err("a note without a summary was taken".into()) };
    println!("   {error}");
    hold(error.kind() == ErrorKind::Invalid, "the rule is named")?;
    hold(tablet.notes.get(&note.id).await?.as_ref() == Some(&note), "the note is as it was")?;

    step("4. Some columns only");
    let newest = FieldNote::query().filter(|note| note.status.ne(NoteStatus::Done)).order_by(|note| note.taken.desc());
    for NoteTitle { id, summary, status } in tablet.notes.list(&newest.select::<NoteTitle>()).await? {
        println!("   {id} {status:?}: {summary}");
    }
    hold(tablet.notes.count(&newest).await? == 2, "both notes are open")?;

    step("5. The server comes into reach: one sync sends the site and the notes that refer to it");
    let server = Server::start(Config::new(vec![served::table(Site::SCHEMA), served::table(FieldNote::SCHEMA)]))?;
    drop(tablet);
    let tablet = Device::open(&tablet_store, &server.url()).await?;
    let order: Vec<_> = tablet.context.pending().await?.iter().map(|operation| operation.table().to_owned()).collect();
    println!("   pending: {}", order.join(", "));
    let report = tablet.context.sync().await?;
    println!("   sync: {} ({report})", report.status());
    hold(report.status() == Status::Complete, "the sync is complete")?;

    step("6. A second device has the whole note, edits it and pushes");
    let phone = Device::open(&folder.path().join("phone.db"), &server.url()).await?;
    phone.context.sync().await?.into_result()?;
    let there = phone.notes.get(&note.id).await?.ok_or("the note is not on the phone")?;
    show(&there);
    hold(Some(&there) == tablet.notes.get(&note.id).await?.as_ref(), "both devices have the same note")?;
    phone
        .notes
        .edit(&note.id, |note| {
            note.status = NoteStatus::Done;
            note.tags.push("confirmed".to_owned());
            note.confirmed = true;
            note.opened = Some(Timestamp::now());
        })
        .await?;
    phone.notes.delete(&draft.id).await?;
    phone.context.push().await?.into_result()?;

    step("7. The first device pulls: the edit is there, the draft is gone, what is local stayed local");
    tablet.context.sync().await?.into_result()?;
    let here = tablet.notes.get(&note.id).await?.ok_or("the note is gone")?;
    show(&here);
    hold(here.status == NoteStatus::Done && here.confirmed && here.opened.is_none(), "the edit arrived")?;
    hold(here.location == note.location, "the place inside the JSON column is as it was")?;
    hold(tablet.notes.get(&draft.id).await?.is_none(), "the draft is gone")?;

    step("8. Both count animals and tag the note, one of them moves it: the second push merges the two");
    phone
        .notes
        .edit(&note.id, |note| {
            note.animals += 3;
            note.tags.push("evening".to_owned());
        })
        .await?;
    tablet
        .notes
        .edit(&note.id, |note| {
            note.animals += 5;
            note.tags.push("fox seen".to_owned());
            note.grade = Some(2);
        })
        .await?;
    phone.context.sync().await?.into_result()?;
    tablet.context.sync().await?.into_result()?;
    phone.context.sync().await?.into_result()?;
    let merged = tablet.notes.get(&note.id).await?.ok_or("the note is gone")?;
    show(&merged);
    hold(merged.animals == note.animals + 8, "both counts are in the sum")?;
    hold(["evening", "fox seen"].iter().all(|tag| merged.tags.iter().any(|has| has == tag)), "both tags are there")?;
    hold(merged.grade == Some(2), "what one side changed is kept")?;
    let there = phone.notes.get(&note.id).await?.ok_or("the note is gone")?;
    hold(there.animals == merged.animals && there.tags == merged.tags, "both devices have the merged note")?;

    let pending = tablet.context.pending_count().await? + phone.context.pending_count().await?;
    let (on_tablet, on_phone) =
        (tablet.notes.count(&FieldNote::query()).await?, phone.notes.count(&FieldNote::query()).await?);
    println!("\nTotals: {on_tablet} note on the tablet, {on_phone} on the phone, {pending} operations pending");
    hold(on_tablet == on_phone && pending == 0, "both devices have the same rows and nothing is pending")
}

fn note(site: &Id) -> Result<FieldNote, Failure> {
    Ok(FieldNote {
        site: site.clone(),
        summary: "Lapwings on the ground".to_owned(),
        status: NoteStatus::NeedsReview,
        // What every server generation can carry.
        taken: Timestamp::now().floor_to_millis(),
        due_on: Date::new(2030, 4, 30),
        sunrise: Some("05:52:00".parse()?),
        location: Some(Location { latitude: 52.52, longitude: 13.4, accuracy: Some(4.5), ..Location::default() }),
        tags: vec!["birds".to_owned(), "spring".to_owned()],
        measures: [("wind".to_owned(), 3.5)].into(),
        animals: 12,
        steps: Some(9_007_199_254_740_993),
        grade: Some(-4),
        altitude: Some(-28),
        clouds: Some(3),
        distance: Some(65_000),
        frame: Some(4_000_000_000),
        wind_speed: Some(3.1),
        square: Some('Ü'),
        temperature: Some(11.5),
        cost: Some("7.50".parse()?),
        device: Some(Uuid::now_v7()),
        sketch: Some(vec![0, 159, 146, 150]),
        ..FieldNote::default()
    })
}

fn show(note: &FieldNote) {
    println!("   [{:?}] {} ({} animals, {})", note.status, note.summary, note.animals, note.tags.join(", "));
    if let Some(Location { latitude, longitude, .. }) = &note.location {
        println!("   at {latitude} north, {longitude} east, {}", note.taken);
    }
}

/// A port on which nobody listens now.
fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn step(title: &str) {
    println!("\n{title}");
}

fn hold(holds: bool, what: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(format!("it does not hold that {what}").into()) }
}
