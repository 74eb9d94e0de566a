//! What the generations write differently: members, instants, numbers, headers.

use std::time::SystemTime;

use axum::http::header::{ALLOW, CACHE_CONTROL, ETAG, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use synctable::testing::value::{format_instant_ms, format_time};

use super::node;
use crate::answer;
use crate::page::PageLimits;
use crate::projection::Member;
use crate::value;

/// A server generation, as one request meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Generation {
    #[default]
    Toolkit,
    V3,
    NodeV2,
    DotNetV2,
}

impl Generation {
    pub(crate) const ALL: [Self; 4] = [Self::Toolkit, Self::V3, Self::NodeV2, Self::DotNetV2];

    /// Tells whether the generation speaks version 2 of the protocol: OData v3, bare lists, updates of some members.
    pub(crate) fn is_v2(self) -> bool {
        matches!(self, Self::NodeV2 | Self::DotNetV2)
    }

    /// The sizes of pages where the settings say nothing.
    pub(crate) fn page_limits(self) -> PageLimits {
        match self {
            Self::Toolkit => PageLimits { page_size: 100, max_top: 128_000 },
            Self::V3 => PageLimits { page_size: 100, max_top: 512_000 },
            Self::NodeV2 | Self::DotNetV2 => PageLimits { page_size: 50, max_top: 1000 },
        }
    }

    /// The largest body where the settings say nothing: that of Kestrel and IIS, and of Express.
    pub(crate) fn body_limit_bytes(self) -> usize {
        match self {
            Self::Toolkit | Self::V3 | Self::DotNetV2 => 30_000_000,
            Self::NodeV2 => 100 * 1024,
        }
    }

    /// The system members in the order in which they follow the columns.
    pub(crate) fn system_members(self, soft_delete: bool) -> Vec<Member> {
        match self {
            Self::Toolkit => vec![Member::UpdatedAt, Member::Version, Member::Id, Member::Deleted],
            Self::V3 => vec![Member::Version, Member::Id, Member::UpdatedAt, Member::Deleted],
            Self::NodeV2 if !soft_delete => vec![Member::Id, Member::CreatedAt, Member::UpdatedAt, Member::Version],
            Self::NodeV2 | Self::DotNetV2 => {
                vec![Member::Id, Member::CreatedAt, Member::UpdatedAt, Member::Version, Member::Deleted]
            }
        }
    }

    /// Writes an instant, cut to milliseconds.
    pub(crate) fn instant_text(self, ticks: i64) -> String {
        let mut text = format_instant_ms(ticks);
        match self {
            Self::Toolkit | Self::NodeV2 => text.push('Z'),
            Self::V3 => text.push_str("+00:00"),
            Self::DotNetV2 => {
                // `ss.FFF`: zeros at the end are dropped.
                text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
                text.push('Z');
            }
        }
        text
    }

    /// Writes a time of day: cut to milliseconds, or with the digits that are not zero.
    pub(crate) fn time_text(self, ticks: i64) -> String {
        match self {
            Self::Toolkit => value::time_ms(ticks),
            Self::V3 | Self::NodeV2 | Self::DotNetV2 => {
                format_time(ticks, 7).trim_end_matches('0').trim_end_matches('.').to_owned()
            }
        }
    }

    /// Writes a floating number, given its shortest text.
    pub(crate) fn number_text(self, shortest: String) -> String {
        match self {
            Self::Toolkit => shortest.strip_suffix(".0").map(str::to_owned).unwrap_or(shortest),
            Self::V3 | Self::DotNetV2 => shortest,
            Self::NodeV2 => node::number_text(&shortest),
        }
    }

    /// `If-Unmodified-Since`: the Toolkit takes the same instant for a change, V3 does not.
    pub(crate) fn is_modified_since(self, stamp: SystemTime, since: SystemTime) -> bool {
        match self {
            Self::Toolkit => stamp >= since,
            Self::V3 | Self::NodeV2 | Self::DotNetV2 => stamp > since,
        }
    }

    /// `If-Modified-Since`: the Toolkit takes the same instant for a change, V3 does not.
    pub(crate) fn is_modified_after(self, stamp: SystemTime, since: SystemTime) -> bool {
        self.is_modified_since(stamp, since)
    }

    /// The last segment of `Location`, of the generations that send one.
    pub(crate) fn location_id(self, id: &str) -> Option<String> {
        match self {
            // Recorded: `a.b:c|d-e_f` stands as it is. What a header cannot carry is encoded all the same.
            Self::Toolkit => Some(answer::percent_encode(id, |byte| {
                byte.is_ascii_graphic() && !matches!(byte, b'%' | b'/' | b'?' | b'#' | b'\\' | b'"')
            })),
            Self::V3 | Self::DotNetV2 => Some(answer::percent_encode(id, answer::is_unreserved)),
            Self::NodeV2 => None,
        }
    }

    /// Makes the id of a row that came without one.
    pub(crate) fn new_id(self) -> String {
        let id = uuid::Uuid::now_v7();
        match self {
            // Recorded of both: 32 hexadecimal digits without dashes.
            Self::Toolkit | Self::V3 => id.simple().to_string(),
            Self::NodeV2 | Self::DotNetV2 => id.hyphenated().to_string(),
        }
    }

    /// Tells whether an answer with one row says when it was last changed.
    pub(crate) fn sends_last_modified(self) -> bool {
        matches!(self, Self::Toolkit | Self::V3)
    }

    /// Adds the headers that every answer of the generation has.
    pub(crate) fn seal(self, mut response: Response) -> Response {
        const VERSION: HeaderName = HeaderName::from_static("x-zumo-server-version");
        let version = match self {
            Self::Toolkit | Self::V3 => return response,
            Self::NodeV2 => "node-4.0.2",
            Self::DotNetV2 => "net-2.0.4",
        };
        let is_success = response.status().is_success();
        let headers = response.headers_mut();
        headers.insert(VERSION, HeaderValue::from_static(version));
        // Rows and lists, not errors.
        if self == Self::NodeV2 && is_success && headers.contains_key(ETAG) && !headers.contains_key(ALLOW) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        }
        response
    }

    /// Tells whether the request is larger than the generation reads: the request line on Kestrel, all headers on Node.
    pub(crate) fn is_too_long(self, request_line_bytes: usize, headers: &HeaderMap) -> bool {
        match self {
            Self::Toolkit | Self::V3 | Self::DotNetV2 => request_line_bytes > 8192,
            Self::NodeV2 => {
                let fields = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
                request_line_bytes + fields.sum::<usize>() > 16 * 1024
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_keep_the_digits_of_their_generation() {
        // 2024-01-02T03:04:05
        const SECOND: i64 = 17_041_646_450_000_000;
        for (ticks, toolkit, dotnet) in [
            (SECOND, "2024-01-02T03:04:05.000Z", "2024-01-02T03:04:05Z"),
            (SECOND + 4_000_000, "2024-01-02T03:04:05.400Z", "2024-01-02T03:04:05.4Z"),
            (SECOND + 1_239_999, "2024-01-02T03:04:05.123Z", "2024-01-02T03:04:05.123Z"),
        ] {
            let offset = toolkit.replace('Z', "+00:00");
            assert_eq!(
                Generation::ALL.map(|of| of.instant_text(ticks)),
                [toolkit, &offset, toolkit, dotnet].map(str::to_owned)
            );
        }
    }

    #[test]
    fn whole_doubles_are_written_as_their_generation_writes_them() {
        let written = |text: &str| Generation::ALL.map(|of| of.number_text(text.to_owned()));
        assert_eq!(written("3.0"), ["3", "3.0", "3", "3.0"]);
        assert_eq!(written("1.5"), ["1.5"; 4]);
    }
}
