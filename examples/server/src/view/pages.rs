//! The HTML of each page.

use std::sync::Arc;

use super::cell::{self, LIST_CHARACTERS, Shown, type_name};
use super::html::{Address, Attribute, Html};
use super::live::Seen;
use super::rows::{Counts, Part, Row, Rows};
use super::text::{Visible, grouped};
use crate::store::StoredTable;

/// How many columns the summary of a row names.
const SUMMARY_COLUMNS: usize = 3;
/// How much of an id a list shows.
const ID_CHARACTERS: usize = 64;

/// A table in the list of tables.
#[derive(Debug)]
pub(super) enum Listed {
    Open { table: Arc<StoredTable>, counts: Counts, last: Option<String> },
    Closed(Arc<StoredTable>),
}

/// Writes a whole page; `body` is the open tag of the body and `main` what stands under the head of the page.
fn document(title: &str, body: Html, main: &Html) -> Html {
    Html::new()
        .markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
        .text(title)
        .markup(
            "</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <link rel=\"icon\" type=\"image/svg+xml\" href=\"/view/icon.svg\">\n\
             <link rel=\"stylesheet\" href=\"/view/style.css\">\n\
             <script src=\"/view/script.js\" defer></script>\n</head>\n",
        )
        .with(&body)
        .markup(
            "\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header class=\"top\">\n\
             <a class=\"brand\" href=\"/\"><svg viewBox=\"0 0 32 32\" aria-hidden=\"true\"><rect width=\"32\" height=\"32\" rx=\"8\"/>\
             <path d=\"M8 11h16M8 16h16M8 21h10\"/></svg>synctable server</a>\n\
             <p id=\"status\" role=\"status\" data-state=\"off\"><noscript>Reload the page to see newer changes.</noscript></p>\n\
             </header>\n<main id=\"main\">\n",
        )
        .with(main)
        .markup("</main>\n<footer>All times are UTC. Apps read and write the same rows under <code>/tables</code>.</footer>\n</body>\n</html>\n")
}

/// The open tag of a page that watches changes.
fn watching(page: &'static str, seen: &Seen) -> Html {
    Html::new().markup("<body data-page=\"").markup(page).markup("\"").attribute(Attribute::Since, &seen.to_string())
}

fn quiet() -> Html {
    Html::new().markup("<body>")
}

/// The list of tables and the recent changes.
pub(super) fn home(tables: &[Listed], recent: &[(Arc<StoredTable>, Row)], limit: usize, seen: &Seen) -> Html {
    let body = watching("home", seen).attribute(Attribute::Events, "/view/events").markup(">");
    let mut main = Html::new().markup("<h1>Tables</h1>\n");
    main = if tables.is_empty() {
        main.markup("<p class=\"empty\">This server has no tables.</p>\n")
    } else {
        main.markup(
            "<table class=\"list\" role=\"table\">\n<thead role=\"rowgroup\"><tr role=\"row\">\
             <th scope=\"col\" role=\"columnheader\">Name</th><th scope=\"col\" role=\"columnheader\">Rows</th>\
             <th scope=\"col\" role=\"columnheader\">Last change</th></tr></thead>\n<tbody role=\"rowgroup\">\n",
        )
        .each(tables, listed)
        .markup("</tbody>\n</table>\n")
    };
    main = main.markup("<h2 id=\"recent\">Recent changes</h2>\n");
    if recent.is_empty() {
        main = main.markup("<p class=\"empty\" id=\"none\">No rows yet. A row that an app writes appears here.</p>\n");
    }
    let main = main
        .markup("<ol class=\"feed\" id=\"feed\" aria-labelledby=\"recent\"")
        .attribute(Attribute::Limit, &limit.to_string())
        .markup(">\n")
        .each(recent, |html, (table, row)| change(html, table, row))
        .markup("</ol>\n");
    document("synctable server", body, &main)
}

fn listed(html: Html, listed: &Listed) -> Html {
    match listed {
        Listed::Open { table, counts, last } => {
            let html = html
                .markup("<tr role=\"row\"")
                .attribute(Attribute::Table, table.name())
                .markup("><th scope=\"row\" role=\"rowheader\"><a")
                .link(&Address::table(table.name()))
                .markup(">")
                .isolated(table.name())
                .markup("</a></th><td role=\"cell\" class=\"counts\" data-label=\"Rows\">")
                .text(&counts_text(*counts))
                .markup("</td><td role=\"cell\" class=\"last\" data-label=\"Last change\">");
            let html = match last {
                Some(last) => time(html, last),
                None => html.markup("<span class=\"null\">never</span>"),
            };
            html.markup("</td></tr>\n")
        }
        Listed::Closed(table) => html
            .markup("<tr role=\"row\" class=\"closed\"><th scope=\"row\" role=\"rowheader\">")
            .isolated(table.name())
            .markup("</th><td role=\"cell\" colspan=\"2\" class=\"null\">needs a token</td></tr>\n"),
    }
}

fn change(html: Html, table: &StoredTable, row: &Row) -> Html {
    let html = html.markup("<li").attribute(Attribute::Table, table.name()).attribute(Attribute::Id, &row.id);
    let html = if row.deleted { html.markup(" class=\"deleted\"") } else { html };
    let html = time(html.markup(">"), &row.updated_at)
        .markup("<span class=\"where\"><a")
        .link(&Address::table(table.name()))
        .markup(">")
        .isolated(table.name())
        .markup("</a> / <a")
        .link(&Address::row(table.name(), &row.id))
        .markup(">")
        .isolated(&shown_id(&row.id))
        .markup("</a></span><span class=\"what\">");
    let html = if row.deleted { html.markup("<span class=\"badge\">deleted</span>") } else { html };
    html.isolated(&summary(table, row)).markup("</span></li>\n")
}

/// A page of rows.
pub(super) fn table(table: &StoredTable, counts: Counts, part: &Part, rows: &Rows, limit: u64, seen: &Seen) -> Html {
    let name = table.name();
    let order = match part {
        Part::Newest => "newest",
        Part::ById => "id",
        _ => "later",
    };
    let body = watching("table", seen)
        .attribute(Attribute::Events, &format!("/view/events?table={name}"))
        .attribute(Attribute::Order, order)
        .attribute(Attribute::Limit, &limit.to_string())
        .markup(">");
    let by_id = matches!(part, Part::ById | Part::After(_));
    let choice = |html: Html, label: &'static str, address: &Address, chosen: bool| {
        let html = html.markup("<a").link(address);
        let html = if chosen { html.markup(" aria-current=\"true\"") } else { html };
        html.markup(">").markup(label).markup("</a>")
    };
    let mut main = trail(Html::new(), None)
        .markup("<div class=\"title\"><h1>")
        .isolated(name)
        .markup("</h1><p class=\"counts\" id=\"counts\">")
        .text(&counts_text(counts))
        .markup("</p></div>\n<nav class=\"order\" aria-label=\"Order of the rows\">");
    main = choice(main, "Newest first", &Address::table(name), !by_id);
    main = choice(main, "By id", &Address::by_id(name), by_id);
    main = main.markup("</nav>\n<p class=\"notice\" id=\"notice\" hidden></p>\n");
    if rows.rows.is_empty() {
        main = main.markup("<p class=\"empty\" id=\"none\">No rows here.</p>\n");
    }
    main = main.markup("<div class=\"scroll\" id=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Rows\"");
    main = if rows.rows.is_empty() { main.markup(" hidden") } else { main };
    main = main
        .markup("><table class=\"rows\" role=\"table\">\n<thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" role=\"columnheader\">id</th>")
        .each(table.columns(), |html, column| {
            html.markup("<th scope=\"col\" role=\"columnheader\"")
                .attribute(Attribute::Title, type_name(column.column_type()))
                .markup(">")
                .isolated(column.name())
                .markup("</th>")
        })
        .markup(
            "<th scope=\"col\" role=\"columnheader\" class=\"system\">updatedAt</th>\
             <th scope=\"col\" role=\"columnheader\" class=\"system\">version</th>\
             <th scope=\"col\" role=\"columnheader\" class=\"system\">deleted</th></tr></thead>\n<tbody id=\"rows\" role=\"rowgroup\">\n",
        )
        .each(&rows.rows, |html, row| table_row(html, table, row))
        .markup("</tbody>\n</table></div>\n");
    document(&format!("{name} · synctable server"), body, &pager(main, table, part, rows))
}

fn table_row(html: Html, table: &StoredTable, row: &Row) -> Html {
    let address = Address::row(table.name(), &row.id);
    let html = html
        .markup("<tr role=\"row\"")
        .attribute(Attribute::Id, &row.id)
        .attribute(Attribute::Stamp, &row.stamp.to_string());
    let html = if row.deleted { html.markup(" class=\"deleted\"") } else { html };
    let html = html
        .markup("><th scope=\"row\" role=\"rowheader\"><a")
        .link(&address)
        .markup(">")
        .isolated(&shown_id(&row.id))
        .markup("</a></th>")
        .each(table.columns().iter().zip(&row.cells), |html, (column, cell)| {
            let html = html.markup("<td role=\"cell\"").attribute(Attribute::Label, column.name()).markup(">");
            let html = value(html, cell);
            let html = if cell.rest.is_empty() {
                html
            } else {
                html.markup(" <a class=\"rest\"").link(&address).markup(">").text(&cell.rest).markup("</a>")
            };
            html.markup("</td>")
        })
        .markup("<td role=\"cell\" class=\"system\" data-label=\"updatedAt\">");
    let html = time(html, &row.updated_at)
        .markup("</td><td role=\"cell\" class=\"system\" data-label=\"version\"><code>")
        .text(&row.version)
        .markup("</code></td><td role=\"cell\" class=\"system\" data-label=\"deleted\">");
    let html = match row.deleted {
        true => html.markup("<span class=\"badge\">deleted</span>"),
        false => html.markup("no"),
    };
    html.markup("</td></tr>\n")
}

fn value(html: Html, cell: &Shown) -> Html {
    html.markup("<bdi class=\"value ").markup(cell.class).markup("\">").text(&cell.text).markup("</bdi>")
}

fn pager(html: Html, table: &StoredTable, part: &Part, rows: &Rows) -> Html {
    let name = table.name();
    let next = rows.rows.last().filter(|_| rows.more).map(|last| match part {
        Part::ById | Part::After(_) | Part::One(_) => Address::after(name, &last.id),
        Part::Newest | Part::Before(_) | Part::Since(_) => Address::before(name, last.stamp),
    });
    let first = match part {
        Part::Before(_) | Part::Since(_) => Some(Address::table(name)),
        Part::After(_) | Part::One(_) => Some(Address::by_id(name)),
        Part::Newest | Part::ById => None,
    };
    if next.is_none() && first.is_none() {
        return html;
    }
    let html = html.markup("<nav class=\"pager\" aria-label=\"Pages\">");
    let html = match &first {
        Some(first) => html.markup("<a rel=\"first\"").link(first).markup(">← First page</a>"),
        None => html.markup("<span></span>"),
    };
    let html = match &next {
        Some(next) => html.markup("<a rel=\"next\"").link(next).markup(">Next page →</a>"),
        None => html.markup("<span class=\"null\">Last page</span>"),
    };
    html.markup("</nav>\n")
}

/// One row, whole.
pub(super) fn row(table: &StoredTable, row: &Row, seen: &Seen) -> Html {
    let name = table.name();
    let body = watching("row", seen)
        .attribute(Attribute::Events, &format!("/view/events?table={name}"))
        .attribute(Attribute::Id, &row.id)
        .markup(">");
    let main = trail(Html::new(), Some(name)).markup("<div class=\"title\"><h1 class=\"id\">").isolated(&row.id);
    let main = main.markup("</h1>");
    let main = if row.deleted { main.markup("<span class=\"badge\">deleted</span>") } else { main };
    let line = |html: Html, name: &str, kind: &str| {
        html.markup("<div><dt>").isolated(name).markup("<small>").text(kind).markup("</small></dt><dd>")
    };
    let main = main
        .markup("</div>\n<p class=\"notice\" id=\"notice\" hidden></p>\n<dl class=\"row\">\n")
        .each(table.columns().iter().zip(&row.cells), |html, (column, cell)| {
            let html = value(line(html, column.name(), type_name(column.column_type())), cell);
            let html = if cell.rest.is_empty() {
                html
            } else {
                html.markup(" <span class=\"rest\">cut: it has ").text(&cell.rest).markup("</span>")
            };
            html.markup("</dd></div>\n")
        })
        .markup("</dl>\n<h2>System columns</h2>\n<dl class=\"row\">\n");
    let main = line(main, "id", "text").isolated(&row.id).markup("</dd></div>\n");
    let main = time(line(main, "updatedAt", "instant of the last write"), &row.updated_at).markup("</dd></div>\n");
    let main = line(main, "version", "differs after every write").markup("<code>").text(&row.version);
    let main = line(main.markup("</code></dd></div>\n"), "deleted", "true or false");
    let main = match row.deleted {
        true => main.markup("true: the row is a tombstone, which tells other devices of the delete"),
        false => main.markup("false"),
    };
    document(&format!("{} · {name} · synctable server", shown_id(&row.id)), body, &main.markup("</dd></div>\n</dl>\n"))
}

/// The way back, above the title.
fn trail(html: Html, table: Option<&str>) -> Html {
    let html =
        html.markup("<nav class=\"trail\" aria-label=\"Way back\"><a").link(&Address::home()).markup(">Tables</a>");
    let html = match table {
        Some(name) => html.markup(" / <a").link(&Address::table(name)).markup(">").isolated(name).markup("</a>"),
        None => html,
    };
    html.markup("</nav>\n")
}

/// A table that the visitor may not read.
pub(super) fn closed(table: &str) -> Html {
    message(
        table,
        None,
        "Needs a token",
        "This table is read with a token, which a browser does not send. Apps that are signed in read it under ",
        Some(table),
    )
}

/// An address without a table.
pub(super) fn no_table(name: &str) -> Html {
    message(name, None, "No such table", "This server has no table of that name.", None)
}

/// An address without a row, or with one that the visitor may not see.
pub(super) fn no_row(table: &str) -> Html {
    message(table, Some(table), "No such row", "The table has no row with that id.", None)
}

/// The database did not answer.
pub(super) fn failure() -> Html {
    message("Failed", None, "Something failed", "The rows cannot be read now. The log of the server says why.", None)
}

fn message(
    title: &str,
    table: Option<&str>,
    heading: &'static str,
    text: &'static str,
    protocol: Option<&str>,
) -> Html {
    let main = trail(Html::new(), table).markup("<h1>").markup(heading).markup("</h1>\n<p>").markup(text);
    let main = match protocol {
        Some(table) => main.markup("<code>").text(Address::protocol(table).as_str()).markup("</code>."),
        None => main,
    };
    document(&format!("{title} · synctable server"), quiet(), &main.markup("</p>\n"))
}

fn time(html: Html, instant: &str) -> Html {
    html.markup("<time")
        .attribute(Attribute::Datetime, instant)
        .markup(">")
        .text(&cell::instant(instant))
        .markup("</time>")
}

/// How many rows there are, in words.
pub(super) fn counts_text(counts: Counts) -> String {
    let unit = if counts.rows == 1 { "row" } else { "rows" };
    let rows = format!("{} {unit}", grouped(counts.rows));
    match counts.tombstones {
        0 => rows,
        tombstones => format!("{rows}, {} deleted", grouped(tombstones)),
    }
}

/// An id as lists show it.
pub(super) fn shown_id(id: &str) -> String {
    Shown::cut(id, "text", ID_CHARACTERS).text
}

/// The first columns of a row in one line.
pub(super) fn summary(table: &StoredTable, row: &Row) -> String {
    let named = table.columns().iter().zip(&row.cells).filter(|(_, cell)| cell.class != "null");
    let parts: Vec<String> =
        named.take(SUMMARY_COLUMNS).map(|(column, cell)| format!("{}: {}", column.name(), cell.text)).collect();
    let line = Visible::of(&parts.join(" · ")).into_string().replace(['\n', '\t'], " ");
    Shown::cut(&line, "text", LIST_CHARACTERS).text
}
