//! HTML of which every part is a literal of this program or escaped text, and the addresses of the page.

use super::text::Visible;
use crate::answer::{is_unreserved, percent_encode};

/// A piece of HTML.
///
/// There is no way to put a text of somebody else into it but [`Html::text`] and [`Html::attribute`], which escape it, and
/// [`Html::link`], whose address is made by [`Address`].
#[derive(Debug, Default)]
pub(super) struct Html(String);

/// The attributes that take text of somebody else: a browser does nothing with any of them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attribute {
    Datetime,
    Events,
    Id,
    Label,
    Limit,
    Order,
    Since,
    Stamp,
    Table,
    Title,
}

impl Attribute {
    fn name(self) -> &'static str {
        match self {
            Self::Datetime => "datetime",
            Self::Events => "data-events",
            Self::Id => "data-id",
            Self::Label => "data-label",
            Self::Limit => "data-limit",
            Self::Order => "data-order",
            Self::Since => "data-since",
            Self::Stamp => "data-stamp",
            Self::Table => "data-table",
            Self::Title => "title",
        }
    }
}

impl Html {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Appends markup of this program.
    #[must_use]
    pub(super) fn markup(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Appends text; characters that cannot be seen are written out.
    #[must_use]
    pub(super) fn text(mut self, text: &str) -> Self {
        escape(&mut self.0, Visible::of(text).as_str());
        self
    }

    /// Appends a text whose direction does not reach beyond it.
    #[must_use]
    pub(super) fn isolated(self, text: &str) -> Self {
        self.markup("<bdi>").text(text).markup("</bdi>")
    }

    /// Appends an attribute to a tag that is not closed yet; the value is escaped and otherwise kept as it is.
    #[must_use]
    pub(super) fn attribute(mut self, attribute: Attribute, value: &str) -> Self {
        self.0.push(' ');
        self.0.push_str(attribute.name());
        self.0.push_str("=\"");
        escape(&mut self.0, value);
        self.0.push('"');
        self
    }

    /// Appends the attribute `href` to a tag that is not closed yet.
    #[must_use]
    pub(super) fn link(mut self, address: &Address) -> Self {
        self.0.push_str(" href=\"");
        escape(&mut self.0, address.as_str());
        self.0.push('"');
        self
    }

    /// Appends other HTML.
    #[must_use]
    pub(super) fn with(mut self, part: &Self) -> Self {
        self.0.push_str(&part.0);
        self
    }

    /// Appends HTML for each of some things.
    #[must_use]
    pub(super) fn each<T>(self, things: impl IntoIterator<Item = T>, write: impl Fn(Self, T) -> Self) -> Self {
        things.into_iter().fold(self, write)
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Browsers read both as a line feed, or as U+FFFD.
            '\r' => out.push_str("&#13;"),
            '\0' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
}

/// An address on this server: it always starts with one `/` and names come into it percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(String);

impl Address {
    /// The list of tables.
    pub(super) fn home() -> Self {
        Self("/".to_owned())
    }

    /// The newest rows of a table.
    pub(super) fn table(table: &str) -> Self {
        Self(format!("/view/{}", encoded(table)))
    }

    /// The rows of a table in the order of their ids, from the first on.
    pub(super) fn by_id(table: &str) -> Self {
        Self(format!("/view/{}?order=id", encoded(table)))
    }

    /// The rows that follow an id.
    pub(super) fn after(table: &str, id: &str) -> Self {
        Self(format!("/view/{}?order=id&after={}", encoded(table), encoded(id)))
    }

    /// The rows that were written before a stamp.
    pub(super) fn before(table: &str, stamp: i64) -> Self {
        Self(format!("/view/{}?before={stamp}", encoded(table)))
    }

    /// One row.
    pub(super) fn row(table: &str, id: &str) -> Self {
        // A browser takes a path segment of dots for a step up, percent-encoded or not.
        if matches!(id, "." | "..") {
            return Self(format!("/view/{}?id={}", encoded(table), encoded(id)));
        }
        Self(format!("/view/{}/{}", encoded(table), encoded(id)))
    }

    /// A table as the protocol lists it.
    pub(super) fn protocol(table: &str) -> Self {
        Self(format!("/tables/{}", encoded(table)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

fn encoded(text: &str) -> String {
    percent_encode(text, is_unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_of_others_cannot_leave_their_place() {
        let hostile = "</td><script>alert(1)</script>\"'&amp;";
        let html = Html::new().markup("<td").attribute(Attribute::Title, hostile).markup(">").text(hostile);
        let escaped = "&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;amp;";
        assert_eq!(html.into_string(), format!("<td title=\"{escaped}\">{escaped}"));
    }

    #[test]
    fn an_address_stays_on_the_server_and_leads_to_one_row() {
        for (id, address) in [
            ("a", "/view/t/a"),
            ("//evil.example", "/view/t/%2F%2Fevil.example"),
            ("javascript:alert(1)", "/view/t/javascript%3Aalert%281%29"),
            ("a?b#c", "/view/t/a%3Fb%23c"),
            ("..", "/view/t?id=.."),
            ("é\"", "/view/t/%C3%A9%22"),
        ] {
            assert_eq!(Address::row("t", id).as_str(), address);
        }
    }
}
