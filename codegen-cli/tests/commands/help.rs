//! Help, completions and manual pages: all made of one grammar.

use serde_json::Value;

use crate::world::World;

const COMMANDS: [&str; 10] =
    ["generate", "check", "ddl", "diff", "import", "new", "schema", "inspect", "completions", "man"];

#[test]
fn every_command_has_help_with_the_exit_codes_and_json() {
    let world = World::new();
    let help = world.printed(0, &["--help"]);
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        let help = world.printed(0, &[command, "--help"]);
        for part in ["Usage: cargo synctable", "--json", "  3  invalid input", "  5  drift"] {
            assert!(help.contains(part), "{command}: {part}: {help}");
        }
    }
    assert_eq!(help.matches("\n  0  done").count(), 1);
}

#[test]
fn arguments_that_make_no_sense_end_with_2() {
    let world = World::new();
    let wrong: [&[&str]; 9] = [
        &[],
        &["synctable"],
        &["generat", "--out", "a.rs"],
        &["generate"],
        &["generate", "--out", "a.rs", "--extern-type", "Point"],
        &["check", "--dialect", "v3"],
        &["check", "--server", "http://localhost", "--dialect", "v4"],
        &["diff", "a.json"],
        &["completions", "cmd"],
    ];
    for arguments in wrong {
        let message = world.refused(2, arguments);
        assert!(message.contains("--help") || message.contains("Usage: "), "{arguments:?}: {message}");
    }
}

#[test]
fn shells_get_completions_of_every_command() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = world.printed(0, &["completions", shell]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
        let object = world.json(0, &["completions", shell]);
        assert_eq!((&object["shell"], &object["script"]), (&Value::from(shell), &Value::from(script)));
    }
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let world = World::new();
    let page = world.printed(0, &["man"]);
    assert!(page.contains(".TH cargo-synctable 1") && page.contains("Exit codes"), "{page}");
    assert_eq!(world.json(0, &["man"])["pages"][0]["text"], page);
    world.printed(0, &["man", "--out", "man"]);
    let mut expected: Vec<_> = COMMANDS.iter().map(|command| format!("man/cargo-synctable-{command}.1")).collect();
    expected.push("man/cargo-synctable.1".to_owned());
    expected.sort();
    assert_eq!(world.files(), expected);
    assert!(world.read("man/cargo-synctable-generate.1").contains("runtime\\-path"));
    let object = world.json(0, &["man", "--out", "man"]);
    assert!(object["pages"].as_array().unwrap().iter().all(|page| page["result"] == "unchanged"), "{object}");
}
