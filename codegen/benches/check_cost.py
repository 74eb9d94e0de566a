#!/usr/bin/env python3
"""What a table costs at `cargo check`: crates with 0 and 100 tables, from documents and from derives.

    codegen/benches/check_cost.py            # 100 tables of 10 columns, 5 runs
    codegen/benches/check_cost.py 200 9      # 200 tables, 9 runs

Each run checks the crate anew with its dependencies built, and not incrementally; the order of the crates
turns about. A figure is the median of the differences of runs that stand side by side. What the build script
takes is not in it: `cargo bench -p synctable-codegen` tells that.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
HOME = TARGET / "check-cost"

# Field, Rust type, schema; the id is the tenth column.
COLUMNS = [
    ("title", "String", {"type": "string", "maxLength": 200}),
    ("note", "Option<String>", {"type": ["string", "null"]}),
    ("complete", "bool", {"type": "boolean"}),
    ("amount", "i32", {"type": "integer", "format": "int32", "minimum": 0}),
    ("size", "i64", {"type": "integer"}),
    ("ratio", "f64", {"type": "number"}),
    ("due", "Option<Timestamp>", {"type": ["string", "null"], "format": "date-time", "x-sync": {"index": True}}),
    ("price", "Decimal", {"type": "number", "format": "decimal"}),
    ("tags", "Vec<String>", {"type": "array", "items": {"type": "string"}}),
]
ATTRIBUTES = {"title": "max_length = 200", "amount": "min = 0", "due": "index", "tags": "json"}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def manifest(folder, features, build):
    write(folder / "Cargo.toml", f"""[package]
name = "{folder.name}"
version = "0.0.0"
edition = "2024"

[dependencies]
synctable = {{ path = "{ROOT / "runtime"}", default-features = false, features = {json.dumps(features)} }}
{f'''
[build-dependencies]
synctable-codegen = {{ path = "{ROOT / "codegen"}" }}
''' if build else ""}
[profile.dev]
debug = "line-tables-only"

[workspace]
""")
    write(folder / "Cargo.lock", (ROOT / "Cargo.lock").read_text())


def of_documents(count):
    folder = HOME / f"documents-{count}"
    manifest(folder, [], True)
    write(folder / "build.rs", 'fn main() -> Result<(), synctable_codegen::Error> {\n    synctable_codegen::compile("schemas")\n}\n')
    # A folder without documents is an error, so there is always one table more.
    for number in range(count + 1):
        properties = {"id": {"type": "string"}} | {name: schema for name, _, schema in COLUMNS}
        required = ["id"] + [name for name, rust, _ in COLUMNS if not rust.startswith("Option")]
        table = {"title": f"Table{number}", "type": "object", "properties": properties, "required": required}
        write(folder / f"schemas/table{number}.json", json.dumps(table))
    write(folder / "src/lib.rs", "pub mod tables {\n    synctable::include_tables!();\n}\n")
    return folder


def of_derives(count):
    folder = HOME / f"derives-{count}"
    manifest(folder, ["derive"], False)
    text = "use synctable::{Decimal, Id, SyncTable, Timestamp};\n"
    for number in range(count + 1):
        text += f"\n#[derive(Debug, Clone, PartialEq, Default, SyncTable)]\npub struct Table{number} {{\n    pub id: Id,\n"
        for name, rust, _ in COLUMNS:
            if name in ATTRIBUTES:
                text += f"    #[sync({ATTRIBUTES[name]})]\n"
            text += f"    pub {name}: {rust},\n"
        text += "}\n"
    write(folder / "src/lib.rs", text)
    return folder


def check(folder, **environment):
    source = folder / "src/lib.rs"
    source.touch()
    start = time.monotonic()
    subprocess.run(
        ["cargo", "check", "--offline", "--quiet"],
        cwd=folder,
        env=os.environ | {"CARGO_TARGET_DIR": str(TARGET)} | environment,
        check=True,
    )
    return time.monotonic() - start


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    doors = [("generated table", 40, of_documents), ("derive", 60, of_derives)]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {count} tables of {len(COLUMNS) + 1} columns, {runs} runs")
    print(f"| a | without | with {count} | each | goal | |\n|---|---|---|---|---|---|")
    for name, goal, make in doors:
        few, many = make(0), make(count)
        times = []
        for _ in range(runs + 1):
            times.append((check(few, CARGO_INCREMENTAL="0"), check(many, CARGO_INCREMENTAL="0")))
        # The first run builds what the crates depend on.
        times = times[1:]
        each = statistics.median((with_all - without) * 1000 / count for without, with_all in times)
        without, with_all = (statistics.median(column) for column in zip(*times))
        verdict = "met" if each <= goal else "missed"
        print(f"| {name} | {without:.2f} s | {with_all:.2f} s | {each:.1f} ms | at most {goal} ms | {verdict} |", flush=True)


if __name__ == "__main__":
    main()
