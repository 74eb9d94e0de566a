//! Generates the tables from the documents of the repository.

fn main() -> Result<(), synctable_codegen::Error> {
    synctable_codegen::compile("../../schemas")
}
