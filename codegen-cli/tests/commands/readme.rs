//! The commands of the READMEs run as written, one after the other in the folder of a new app.

use std::path::Path;

use crate::world::World;

#[test]
fn the_commands_of_the_readmes_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (file, start) in [("../README.md", "## Generate from schema"), ("README.md", "# cargo-synctable")] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let (_, section) = text.split_once(start).unwrap();
        let (block, _) = section.split_once("```sh\n").unwrap().1.split_once("```").unwrap();
        let world = World::new();
        let mut commands = 0;
        for line in block.lines() {
            let command = line.split('#').next().unwrap().trim();
            let arguments: Vec<_> = command.strip_prefix("cargo ").unwrap().split_whitespace().collect();
            assert_eq!(arguments[0], "synctable", "{line}");
            let ended = world.call(&arguments);
            assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{line}: {ended:?}");
            commands += 1;
        }
        assert!(commands >= 7, "{file}: {commands} commands");
    }
}
