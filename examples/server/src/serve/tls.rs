//! Encrypted connections.

use std::path::PathBuf;

use axum_server::tls_rustls::RustlsConfig;

/// The certificate of a server and its key, in PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those that lead to a known authority.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl TlsFiles {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with which file.
    ///
    /// # Cancellation
    /// Nothing is left behind.
    pub(crate) async fn load(&self) -> Result<RustlsConfig, String> {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        for path in [&self.certificate, &self.key] {
            std::fs::File::open(path).map_err(|error| format!("cannot read '{}': {error}", path.display()))?;
        }
        RustlsConfig::from_pem_file(&self.certificate, &self.key)
            .await
            .map_err(|error| format!("'{certificate}' and '{key}' are no certificate with its key in PEM: {error}"))
    }
}
