//! Prints settings without secrets.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

/// Flags whose value nobody may read.
const SECRET: [&str; 1] = ["jwt_secret"];

/// Returns each setting as `name = value  (where it is from)`, in the order of the help; `unset` says what counts without a value.
pub(super) fn text(command: &Command, matches: &ArgMatches, unset: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for argument in command.get_arguments() {
        let (id, flag) = (argument.get_id().as_str(), argument.get_long().unwrap_or_default());
        if matches!(id, "print_config" | "help" | "version") {
            continue;
        }
        let values = matches.try_get_raw(id).ok().flatten().into_iter().flatten();
        let values: Vec<String> = values.map(|value| masked(id, &value.to_string_lossy())).collect();
        let is_replaced = id == "tables" && matches.value_source("schemas").is_some();
        let value = match values.is_empty() || is_replaced {
            true => unset(id),
            false => values.join(","),
        };
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => "flag",
            Some(ValueSource::EnvVariable) => "environment",
            _ => "default",
        };
        text.push_str(&format!("{flag} = {value}  ({source})\n"));
    }
    text
}

/// Replaces what is secret in a value by `***`.
pub(super) fn masked(id: &str, value: &str) -> String {
    if SECRET.contains(&id) {
        return "***".to_owned();
    }
    if id == "db" && value.contains("://") { without_password(value) } else { value.to_owned() }
}

/// Masks the password of an address, before its host or among its options.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (user, rest) = match rest.rfind('@') {
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
        None => (None, rest),
    };
    // Where it is not certain what is the password, nothing is shown.
    if user.is_some_and(|user| user.contains(['/', '?', '@'])) {
        return format!("{scheme}://***");
    }
    let mut shown = format!("{scheme}://");
    if let Some(user) = user {
        let (name, has_password) = user.split_once(':').map_or((user, false), |(name, _)| (name, true));
        shown.push_str(name);
        shown.push_str(if has_password { ":***@" } else { "@" });
    }
    let (path, options) = rest.split_once('?').map_or((rest, None), |(path, options)| (path, Some(options)));
    shown.push_str(path);
    if let Some(options) = options {
        let options = options.split('&').map(|option| match option.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=***"),
            _ => option.to_owned(),
        });
        shown.push('?');
        shown.push_str(&options.collect::<Vec<_>>().join("&"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_masked_wherever_they_stand() {
        for (url, shown) in [
            ("postgres://u:p%40@h:5432/d", "postgres://u:***@h:5432/d"),
            ("postgres://u:a@b/c?d@h/d", "postgres://***"),
            ("postgres:///d?user=u&password=a@b", "postgres://***"),
            ("postgres://u@h/d", "postgres://u@h/d"),
            (
                "postgres:///d?host=/run&user=u&password=x&sslpassword=y",
                "postgres:///d?host=/run&user=u&password=***&sslpassword=***",
            ),
        ] {
            assert_eq!(masked("db", url), shown);
        }
        assert_eq!(masked("db", "data.sqlite"), "data.sqlite");
        assert_eq!(masked("jwt_secret", "x"), "***");
    }
}
