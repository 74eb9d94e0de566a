//! The web page in headless Chromium.

use serde_json::{Value, json};
use synctable_server::{ColumnType, Config, Server, TableDefinition, movies_table, todoitem_table};

use super::browser::{Browser, Scripts};
use super::http::{send, send_json};
use super::view::HOSTILE;

fn server() -> Server {
    let notes = TableDefinition::new("field_notes")
        .column("note", ColumnType::Text)
        .column("photo", ColumnType::Bytes)
        .column("depth", ColumnType::Decimal)
        .column("extra", ColumnType::Json)
        .soft_delete();
    let config = Config::new(vec![todoitem_table(), movies_table(), notes])
        .access("movies", |_| synctable_server::Access::Refused(axum::http::StatusCode::UNAUTHORIZED));
    let server = Server::start(config).unwrap();
    let items: Vec<Value> = ["Milk", "Bread", "Call the plumber", "Return the books to the library"]
        .iter()
        .enumerate()
        .map(|(at, title)| {
            let id = format!("0192f0c1-7a3e-7c52-9d1f-3b6a5e8f{at:04}");
            json!({"id": id, "title": title, "complete": at == 1, "dueAt": if at == 2 { json!("2026-12-01T09:30:00.000Z") } else { json!(null) }})
        })
        .collect();
    server.store().seed("todoitem", &items).unwrap();
    let note =
        "Water level stands two hands below the mark; the gauge at the weir is bent and reads too high. ".repeat(3);
    let notes = [
        json!({"id": "note-1", "note": note, "photo": "AAECAwQFBgc=", "depth": "12.50", "extra": {"weather": "fog", "wind": [3, 4]}}),
        json!({"id": "note-2", "note": "Second visit", "deleted": true}),
    ];
    server.store().seed("field_notes", &notes).unwrap();
    server
}

fn insert(server: &Server, row: &Value) {
    assert_eq!(send_json(server.port(), "POST", "/tables/todoitem", &[], row).status, 201);
}

#[test]
fn a_written_row_appears_while_the_page_is_open() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let server = server();
    browser.open(&server.url());
    let home = browser.text("main");
    for part in ["todoitem", "4 rows", "movies", "needs a token", "1 row, 1 deleted", "Return the books"] {
        assert!(home.contains(part), "{part}: {home}");
    }
    browser.run("window.same = true", &[]);
    let feed = "document.querySelector('#feed li').textContent";
    browser.expect(&format!(
        "{feed}.includes('Feed the cat') && document.querySelector('.list .counts').textContent.startsWith('5 rows')"
    ));
    insert(&server, &json!({"id": "cat", "title": "Feed the cat"}));
    browser.meet();
    browser.expect(&format!("{feed}.includes('deleted')"));
    assert_eq!(send(server.port(), "DELETE", "/tables/todoitem/cat", &[], None).status, 204);
    browser.meet();
    let known = browser.run("return [window.same, document.querySelectorAll('[data-id=cat]').length]", &[]);
    assert_eq!(known, json!([true, 1]), "without a reload, and the row is there once");

    browser.click(".list a[href='/view/todoitem']");
    browser.run("window.same = true", &[]);
    let top = "document.querySelector('#rows tr').textContent";
    browser.expect(&format!(
        "{top}.includes('Water the plants') && document.getElementById('counts').textContent.startsWith('5 rows')"
    ));
    insert(&server, &json!({"id": "plants", "title": "Water the plants"}));
    browser.meet();
    let live = browser.run("return document.querySelector('#rows tr').outerHTML", &[]);
    assert_eq!(browser.run("return window.same", &[]), json!(true));
    browser.open(&format!("{}/view/todoitem", server.url()));
    let written = browser.run("return document.querySelector('#rows tr').outerHTML", &[]);
    let plain = |html: Value| {
        html.as_str().unwrap().replace(" fresh", "").replace(" class=\"fresh\"", "").replace(" class=\"\"", "")
    };
    let mut parts: Vec<Vec<String>> = Vec::new();
    for html in [plain(live), plain(written)] {
        // The order of attributes is not the same.
        let mut tokens: Vec<String> =
            html.split(['<', '>', ' ']).map(str::to_owned).filter(|part| !part.is_empty()).collect();
        tokens.sort();
        parts.push(tokens);
    }
    assert_eq!(parts[0], parts[1], "the script and the server write the same row");

    browser.open(&format!("{}/view/todoitem/plants", server.url()));
    browser.expect("!document.getElementById('notice').hidden");
    let change = json!({"id": "plants", "title": "Water the plants", "complete": true});
    assert_eq!(send_json(server.port(), "PUT", "/tables/todoitem/plants", &[], &change).status, 200);
    browser.meet();
    assert!(browser.text("#notice").contains("The row has changed"));
}

#[test]
fn rows_that_new_ones_push_off_the_page_are_on_the_next_one() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let server = Server::start(Config::new(vec![todoitem_table()])).unwrap();
    let rows: Vec<Value> = (0..50).map(|number| json!({"id": format!("old-{number}")})).collect();
    server.store().seed("todoitem", &rows).unwrap();
    browser.open(&format!("{}/view/todoitem", server.url()));
    assert_eq!(browser.run("return document.querySelectorAll('.pager a').length", &[]), json!(0));
    browser.expect("document.querySelector('#rows tr').dataset.id === 'new-2'");
    server.store().seed("todoitem", &[json!({"id": "new-1"}), json!({"id": "new-2"})]).unwrap();
    browser.meet();
    let ids = "return [...document.querySelectorAll('#rows tr')].map((row) => row.dataset.id)";
    let first = browser.run(ids, &[]);
    browser.click(".pager a[rel=next]");
    let second = browser.run(ids, &[]);
    let expected = |count: usize| {
        json!(
            ["new-2", "new-1"]
                .map(str::to_owned)
                .into_iter()
                .chain((2..50).rev().map(|number| format!("old-{number}")))
                .take(count)
                .collect::<Vec<_>>()
        )
    };
    assert_eq!((first, second), (expected(50), json!(["old-1", "old-0"])));
}

#[test]
fn hostile_rows_are_text_and_do_nothing() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let server = Server::start(Config::new(vec![todoitem_table()])).unwrap();
    let harmless = |place: &str| {
        assert!(!browser.has_dialog(), "{place}: a dialog is open");
        let found = browser.run(
            "return [document.documentElement.dataset.ran ?? null, document.querySelectorAll('main img, main script, main svg').length,
                [...document.querySelectorAll('main *')].some((element) => [...element.attributes].some((attribute) => attribute.name.startsWith('on')))]",
            &[],
        );
        assert_eq!(found, json!([null, 0, false]), "{place}");
    };
    browser.open(&server.url());
    browser.expect(&format!("document.querySelectorAll('#feed li').length === {}", HOSTILE.len()));
    for (at, text) in HOSTILE.iter().enumerate() {
        server.store().seed("todoitem", &[json!({"id": format!("{at}{text}"), "title": text})]).unwrap();
    }
    browser.meet();
    harmless("a list to which the script added");
    assert!(browser.text("#feed").contains(HOSTILE[0]), "it is shown as text");
    for target in ["/", "/view/todoitem", "/view/todoitem?order=id"] {
        browser.open(&format!("{}{target}", server.url()));
        harmless(target);
        let shown = browser.text("main");
        assert!(shown.contains("<script>document.document") && shown.contains("abc⟨U+202E⟩gpj.exe␀␛[31m"), "{shown}");
    }
    let links = browser.run("return [...document.querySelectorAll('#rows th a')].map((link) => link.href)", &[]);
    for (link, text) in links.as_array().unwrap().iter().zip(HOSTILE) {
        browser.open(link.as_str().unwrap());
        harmless(text);
    }
    // A policy that would let an inline script run would make all of this luck.
    let refused = browser.run(
        "try { document.body.insertAdjacentHTML('beforeend', '<b>x</b>'); return false } catch (error) { return error instanceof TypeError }",
        &[],
    );
    assert_eq!(refused, json!(true));
}

#[test]
fn the_page_is_usable_without_scripts() {
    let Some(browser) = Browser::start(Scripts::Off) else { return };
    let server = server();
    browser.open(&server.url());
    let status = browser.run("return document.getElementById('status').innerText", &[]);
    assert_eq!(status, "Reload the page to see newer changes.", "scripts are off");
    assert!(browser.text("main").contains("Return the books"));
    browser.click(".list a[href='/view/field_notes']");
    let rows = browser.text("main");
    assert!(rows.contains("Second visit") && rows.contains("8 bytes") && rows.contains("all 285 characters"), "{rows}");
    browser.click("a.rest");
    let row = browser.text("main");
    assert!(row.contains("note-1") && row.contains("\"weather\"") && row.contains("12.50"), "{row}");
    browser.click(".trail a");
    assert!(browser.text("h1").contains("Tables"));
}

#[test]
fn a_wide_table_keeps_its_texts_readable_and_its_ids_in_sight() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let names: Vec<String> = (0..24).map(|number| format!("column{number}")).collect();
    let wide = names.iter().fold(TableDefinition::new("wide"), |table, name| table.column(name, ColumnType::Text));
    let server = Server::start(Config::new(vec![wide])).unwrap();
    let mut row = json!({"id": "first"});
    for name in &names {
        row[name] = json!("A text of several words that would fill many lines of a narrow column.");
    }
    server.store().seed("wide", &[row]).unwrap();
    browser.appear(1280, 860, "light");
    browser.open(&format!("{}/view/wide", server.url()));
    let seen = browser.run(
        "const rows = document.getElementById('scroll');
         const left = () => document.querySelector('#rows th').getBoundingClientRect().left;
         const [before, width] = [left(), document.querySelector('#rows td').getBoundingClientRect().width];
         rows.scrollLeft = 600;
         return [rows.scrollLeft, left() - before, width >= 240,
             document.documentElement.scrollWidth > document.documentElement.clientWidth]",
        &[],
    );
    browser.screenshot("wide-light");
    assert_eq!(seen, json!([600, 0, true, false]));
}

#[test]
fn the_page_fits_screens_and_tastes() {
    let Some(browser) = Browser::start(Scripts::On) else { return };
    let server = server();
    for (name, width, height, scheme) in [
        ("light", 1280, 860, "light"),
        ("dark", 1280, 860, "dark"),
        ("phone", 390, 844, "light"),
        ("phone-dark", 390, 844, "dark"),
    ] {
        browser.appear(width, height, scheme);
        for (page, target) in [
            ("tables", "/"),
            ("rows", "/view/todoitem"),
            ("notes", "/view/field_notes"),
            ("row", "/view/field_notes/note-1"),
            ("closed", "/view/movies"),
        ] {
            browser.open(&format!("{}{target}", server.url()));
            browser.screenshot(&format!("{page}-{name}"));
            let wide =
                browser.run("return document.documentElement.scrollWidth > document.documentElement.clientWidth", &[]);
            assert_eq!(wide, json!(false), "{page} on {name} is not wider than its screen");
            let ground = browser.run("return getComputedStyle(document.body).backgroundColor", &[]);
            let dark = ground == "rgb(18, 23, 23)";
            assert_eq!(dark, scheme == "dark", "{page} on {name}: {ground}");
        }
    }
}
