//! Derive macros of synctable.

use proc_macro::TokenStream;

/// Makes a struct a table.
#[proc_macro_derive(SyncTable, attributes(sync))]
pub fn derive_sync_table(input: TokenStream) -> TokenStream {
    synctable_codegen::derive_table(input.into()).into()
}

/// Makes a string enum or a newtype a column type.
#[proc_macro_derive(ColumnValue, attributes(sync))]
pub fn derive_column_value(input: TokenStream) -> TokenStream {
    synctable_codegen::derive_column_value(input.into()).into()
}
