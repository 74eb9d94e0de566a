fn main() -> Result<(), synctable_codegen::Error> {
    synctable_codegen::compile("schemas")
}
