//! The walk of an incremental pull (protocol.md 9.4): pure; which rows to ask for next, and what may be remembered.

use std::time::Duration;

use crate::value::{Id, Timestamp};

/// One millisecond: the resolution of every wire.
const MILLISECOND: Duration = Duration::from_millis(1);
/// How far a stamp may lie ahead of the server's clock.
const AHEAD: Duration = Duration::from_secs(1);
/// How far a stamp may lie ahead of the device's clock, if the server does not tell its own.
const AHEAD_OF_DEVICE: Duration = Duration::from_secs(24 * 3600);

/// Which rows a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Window {
    /// Stamped at or after; by stamp, then id.
    Since(Timestamp),
    /// Stamped within one millisecond, with a greater id; by id.
    Within(Timestamp, Option<Id>),
    /// Not stamped, with a greater id; by id.
    Unstamped(Option<Id>),
}

/// What a page tells the cursor.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageFacts {
    /// Rows of the page, unreadable ones included.
    pub(crate) rows: u64,
    /// Rows that match, as the server counts.
    pub(crate) count: Option<u64>,
    /// The greatest stamp before the first that goes back.
    pub(crate) greatest: Option<Timestamp>,
    /// The smallest stamp.
    pub(crate) least: Option<Timestamp>,
    /// Whether a stamp went back.
    pub(crate) disordered: bool,
    /// The last row's id.
    pub(crate) last: Option<Id>,
    /// The server's clock.
    pub(crate) date: Option<Timestamp>,
}

/// Where a pull stands.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    token: Option<Timestamp>,
    window: Option<Window>,
    /// The server's clock when this pull began.
    began: Option<Timestamp>,
    /// The smallest stamp that came.
    least: Option<Timestamp>,
    unstamped: Unstamped,
}

/// Whether rows without a stamp are asked for, at the end of the pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unstamped {
    Ask,
    Skip,
}

/// Why a walk cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// The server does not keep the order that was asked for.
    Disordered,
    /// The server gives the same rows again and again.
    Repeating,
}

impl Cursor {
    /// Begins at a stored token, or at the beginning.
    ///
    /// What was visible when the token was set and is older than the overlap need not be asked again.
    pub(crate) fn new(
        token: Option<Timestamp>,
        read_at: Option<Timestamp>,
        overlap: Duration,
        unstamped: Unstamped,
    ) -> Self {
        let window = Some(Window::Since(beginning(token, read_at, overlap)));
        Self { token, window, began: None, least: None, unstamped }
    }

    /// Begins at the beginning, whatever is stored; the token does not go back.
    pub(crate) fn whole(token: Option<Timestamp>, unstamped: Unstamped) -> Self {
        Self { token, window: Some(Window::Since(Timestamp::EPOCH)), began: None, least: None, unstamped }
    }

    /// Whether storing the token and the server's clock spares the next pull anything that it would read
    /// again with what is stored: else nothing need be written.
    pub(crate) fn is_worth_storing(
        &self,
        token: Option<Timestamp>,
        read_at: Option<Timestamp>,
        overlap: Duration,
    ) -> bool {
        if self.token != token {
            return true;
        }
        let next = beginning(self.token, self.began, overlap);
        next > beginning(token, read_at, overlap) && self.least.is_some_and(|least| least < next)
    }

    /// The rows to ask for next; `None` when the pull is done.
    pub(crate) fn window(&self) -> Option<&Window> {
        self.window.as_ref()
    }

    /// The token that covers everything up to the last page.
    pub(crate) fn token(&self) -> Option<Timestamp> {
        self.token
    }

    /// The server's clock when this pull began, if it told.
    pub(crate) fn began(&self) -> Option<Timestamp> {
        self.began
    }

    /// Takes note of a page and moves on.
    ///
    /// Invariant: every step raises the stamp or the id asked for, or ends the pull.
    pub(crate) fn advance(&mut self, page: &PageFacts, device_now: Timestamp) -> Result<(), Stuck> {
        let Some(window) = self.window.take() else { return Ok(()) };
        if self.began.is_none() {
            self.began = page.date.map(Timestamp::floor_to_seconds);
        }
        if !matches!(window, Window::Unstamped(_)) {
            self.raise_token(page, device_now);
            self.least = match (self.least, page.least) {
                (Some(before), Some(least)) => Some(before.min(least)),
                (before, least) => before.or(least),
            };
        }
        let is_last = page.rows == 0 || page.count.is_some_and(|count| page.rows >= count);
        self.window = match window {
            Window::Since(_) if page.disordered => return Err(Stuck::Disordered),
            Window::Since(_) if is_last => self.at_end(),
            Window::Since(from) => match page.greatest.map(Timestamp::floor_to_millis) {
                Some(greatest) if greatest > from => Some(Window::Since(greatest)),
                _ => Some(Window::Within(from, None)),
            },
            Window::Within(from, _) if is_last => Some(Window::Since(from.saturating_add(MILLISECOND))),
            Window::Within(from, last) => Some(Window::Within(from, Some(further(last, page)?))),
            Window::Unstamped(_) if is_last => None,
            Window::Unstamped(last) => Some(Window::Unstamped(Some(further(last, page)?))),
        };
        Ok(())
    }

    fn at_end(&mut self) -> Option<Window> {
        match self.unstamped {
            Unstamped::Ask => Some(Window::Unstamped(None)),
            Unstamped::Skip => None,
        }
    }

    fn raise_token(&mut self, page: &PageFacts, device_now: Timestamp) {
        let Some(greatest) = page.greatest else { return };
        let bound = match page.date {
            Some(date) => date.saturating_add(AHEAD),
            None => device_now.saturating_add(AHEAD_OF_DEVICE),
        };
        let token = greatest.min(bound);
        if self.token.is_none_or(|before| token >= before) {
            self.token = Some(token);
        }
    }
}

/// Where a pull begins.
fn beginning(token: Option<Timestamp>, read_at: Option<Timestamp>, overlap: Duration) -> Timestamp {
    let from = match (token, read_at) {
        (None, _) => Timestamp::EPOCH,
        (Some(token), Some(read_at)) => token.min(read_at.saturating_sub(overlap)),
        (Some(token), None) => token.saturating_sub(overlap),
    };
    from.max(Timestamp::EPOCH).floor_to_millis()
}

fn further(last: Option<Id>, page: &PageFacts) -> Result<Id, Stuck> {
    match &page.last {
        Some(id) if last.as_ref() != Some(id) => Ok(id.clone()),
        _ => Err(Stuck::Repeating),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERLAP: Duration = Duration::from_secs(30);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    fn page(rows: u64, count: u64, greatest: i64, last: &str) -> PageFacts {
        PageFacts {
            rows,
            count: Some(count),
            greatest: Some(at(greatest)),
            last: Some(Id::parse(last).unwrap()),
            date: Some(at(1_000_000)),
            least: Some(at(greatest)),
            disordered: false,
        }
    }

    #[test]
    fn a_quiet_pull_is_one_request() {
        let mut cursor = Cursor::new(Some(at(500)), Some(at(100_000)), OVERLAP, Unstamped::Skip);
        assert_eq!(cursor.window(), Some(&Window::Since(at(500))));
        cursor.advance(&page(1, 1, 500, "a"), at(0)).unwrap();
        assert_eq!(cursor.window(), None);
        assert_eq!(cursor.token(), Some(at(500)));
        assert_eq!(cursor.began(), Some(at(1_000_000)));
    }

    #[test]
    fn the_overlap_counts_from_the_last_read() {
        let burst = Cursor::new(Some(at(90_000)), Some(at(100_000)), OVERLAP, Unstamped::Skip);
        assert_eq!(burst.window(), Some(&Window::Since(at(70_000))));
        let unread = Cursor::new(Some(at(90_000)), None, OVERLAP, Unstamped::Skip);
        assert_eq!(unread.window(), Some(&Window::Since(at(60_000))));
        let first = Cursor::new(None, None, OVERLAP, Unstamped::Ask);
        assert_eq!(first.window(), Some(&Window::Since(Timestamp::EPOCH)));
    }

    #[test]
    fn only_what_spares_the_next_pull_rows_is_worth_storing() {
        let (token, read_at) = (Some(at(90_000)), Some(at(100_000)));
        let pulled = |least: i64, greatest: i64, began: i64| {
            let mut cursor = Cursor::new(token, read_at, OVERLAP, Unstamped::Skip);
            let facts = PageFacts { least: Some(at(least)), date: Some(at(began)), ..page(1, 1, greatest, "a") };
            cursor.advance(&facts, at(0)).unwrap();
            cursor.is_worth_storing(token, read_at, OVERLAP)
        };
        assert!(pulled(90_000, 91_000, 110_000), "the token has moved");
        assert!(pulled(85_000, 90_000, 131_000), "a row before it would be read again");
        assert!(!pulled(85_000, 90_000, 110_000), "it is read again in any case");
        assert!(!pulled(90_000, 90_000, 131_000), "the row of the token itself always is");
        assert!(!pulled(90_000, 90_000, 100_000), "nothing has moved");
    }

    #[test]
    fn a_whole_walk_begins_at_the_beginning_and_keeps_the_token() {
        let mut cursor = Cursor::whole(Some(at(900)), Unstamped::Skip);
        assert_eq!(cursor.window(), Some(&Window::Since(Timestamp::EPOCH)));
        cursor.advance(&page(1, 1, 500, "a"), at(0)).unwrap();
        assert_eq!((cursor.window(), cursor.token()), (None, Some(at(900))));
    }

    #[test]
    fn more_rows_in_a_millisecond_than_a_page_are_walked_by_id() {
        let mut cursor = Cursor::new(Some(at(500)), Some(at(100_000)), OVERLAP, Unstamped::Skip);
        cursor.advance(&page(2, 9, 500, "b"), at(0)).unwrap();
        assert_eq!(cursor.window(), Some(&Window::Within(at(500), None)));
        cursor.advance(&page(2, 5, 500, "b"), at(0)).unwrap();
        assert_eq!(cursor.window(), Some(&Window::Within(at(500), Some(Id::parse("b").unwrap()))));
        assert_eq!(cursor.clone().advance(&page(2, 3, 500, "b"), at(0)), Err(Stuck::Repeating));
        cursor.advance(&page(1, 1, 500, "c"), at(0)).unwrap();
        assert_eq!(cursor.window(), Some(&Window::Since(at(501))));
    }

    #[test]
    fn a_stamp_in_the_future_does_not_freeze_the_token() {
        let mut cursor = Cursor::new(None, None, OVERLAP, Unstamped::Skip);
        cursor.advance(&page(1, 1, 999_000_000, "a"), at(0)).unwrap();
        assert_eq!(cursor.token(), Some(at(1_001_000)));
    }

    #[test]
    fn order_that_is_not_kept_ends_the_pull() {
        let mut cursor = Cursor::new(None, None, OVERLAP, Unstamped::Skip);
        let broken = PageFacts { disordered: true, ..page(3, 9, 700, "a") };
        assert_eq!(cursor.advance(&broken, at(0)), Err(Stuck::Disordered));
        assert_eq!(cursor.token(), Some(at(700)));
    }

    #[test]
    fn rows_without_a_stamp_come_last_and_leave_the_token() {
        let mut cursor = Cursor::new(None, None, OVERLAP, Unstamped::Ask);
        cursor.advance(&page(1, 1, 500, "a"), at(0)).unwrap();
        assert_eq!(cursor.window(), Some(&Window::Unstamped(None)));
        cursor.advance(&PageFacts { rows: 0, count: Some(0), ..PageFacts::default() }, at(0)).unwrap();
        assert_eq!((cursor.window(), cursor.token()), (None, Some(at(500))));
    }
}
