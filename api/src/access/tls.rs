//! TLS to PostgreSQL: what `sslmode` asks for of the server's certificate, as libpq has it.
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use sea_orm::{DbErr, RuntimeErr};
use sqlx::postgres::PgSslMode;
use std::sync::Arc;
use url::Url;

/// What a URL, or else the environment, names: files, or the text itself that would be in them.
pub(super) struct Papers {
    /// Whom to trust beside those whom the system trusts.
    authorities: Option<String>,
    /// What the server is shown of us.
    certificate: Option<String>,
    /// The key to it.
    key: Option<String>,
}

impl Papers {
    /// By the names that the other driver knows too.
    pub(super) fn of(url: &Url) -> Self {
        let paper = |names: &[&str], variable| {
            let named = url.query_pairs().filter(|(name, _)| names.contains(&&**name)).last();
            named.map_or_else(|| std::env::var(variable).ok(), |(_, value)| Some(value.into_owned()))
        };
        Self {
            authorities: paper(&["sslrootcert", "ssl-root-cert", "ssl-ca"], "PGSSLROOTCERT"),
            certificate: paper(&["sslcert", "ssl-cert"], "PGSSLCERT"),
            key: paper(&["sslkey", "ssl-key"], "PGSSLKEY"),
        }
    }
}

/// How to speak TLS.
///
/// # Errors
/// A file cannot be read, or holds something else; a certificate comes without its key.
pub(super) fn config(mode: PgSslMode, papers: &Papers) -> Result<ClientConfig, DbErr> {
    let trust = Arc::new(Trust::of(mode, papers)?);
    let builder = ClientConfig::builder_with_provider(trust.provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(unusable)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(trust);
    match (&papers.certificate, &papers.key) {
        _ if matches!(mode, PgSslMode::Disable | PgSslMode::Allow) => Ok(builder.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let key = PrivateKeyDer::from_pem_slice(&text(key)?).map_err(unusable)?;
            let shown = builder.with_client_auth_cert(certificates(certificate)?, key);
            shown.map_err(unusable)
        }
        (None, None) => Ok(builder.with_no_client_auth()),
        _ => Err(unusable("sslcert and sslkey belong together")),
    }
}

/// Whom the system trusts, and those on paper.
fn authorities(paper: Option<&str>) -> Result<RootCertStore, DbErr> {
    let mut roots = RootCertStore::empty();
    // Those that cannot be read are trusted by nobody.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in paper.map(certificates).transpose()?.into_iter().flatten() {
        roots.add(certificate).map_err(unusable)?;
    }
    Ok(roots)
}

fn certificates(paper: &str) -> Result<Vec<CertificateDer<'static>>, DbErr> {
    let certificates: Result<_, _> = CertificateDer::pem_slice_iter(&text(paper)?).collect();
    certificates.map_err(unusable)
}

fn text(paper: &str) -> Result<Vec<u8>, DbErr> {
    if paper.trim_start().starts_with("-----BEGIN") {
        return Ok(paper.into());
    }
    std::fs::read(paper).map_err(unusable)
}

fn unusable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(sqlx::Error::Tls(error.into()))))
}

/// What is asked of a certificate: nothing, that somebody trusted signed it, or that it is of this host besides.
#[derive(Debug)]
struct Trust {
    verifier: Option<Arc<WebPkiServerVerifier>>,
    is_named: bool,
    provider: Arc<CryptoProvider>,
}

impl Trust {
    fn of(mode: PgSslMode, papers: &Papers) -> Result<Self, DbErr> {
        let provider = Arc::new(ring::default_provider());
        let verifier = match mode {
            PgSslMode::VerifyCa | PgSslMode::VerifyFull => {
                let roots = Arc::new(authorities(papers.authorities.as_deref())?);
                let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
                Some(verifier.build().map_err(unusable)?)
            }
            _ => None,
        };
        let is_named = matches!(mode, PgSslMode::VerifyFull);
        Ok(Self {
            verifier,
            is_named,
            provider,
        })
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(verifier) = &self.verifier else {
            return Ok(ServerCertVerified::assertion());
        };
        match verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.is_named => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::{Papers, Trust, config};
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use rustls::{
        client::danger::ServerCertVerifier,
        pki_types::{ServerName, UnixTime},
    };
    use sqlx::postgres::PgSslMode::{self, Disable, Prefer, Require, VerifyCa, VerifyFull};

    fn authority() -> CertifiedIssuer<'static, KeyPair> {
        let mut parameters = CertificateParams::new([]).expect("no names");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("a key")).expect("an authority")
    }

    fn papers(authorities: Option<String>) -> Papers {
        Papers {
            authorities,
            certificate: None,
            key: None,
        }
    }

    #[test]
    fn a_mode_asks_for_as_much_of_a_certificate_as_it_says() {
        let (known, other) = (authority(), authority());
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(["db.example".to_owned()]).expect("a name");
        let shown = parameters.signed_by(&key, &known).expect("a certificate");
        let is_taken = |mode: PgSslMode, authority: &CertifiedIssuer<'_, KeyPair>, name: &'static str| {
            let trust = Trust::of(mode, &papers(Some(authority.pem()))).expect("papers in order");
            let name = ServerName::try_from(name).expect("a name");
            let outcome = trust.verify_server_cert(shown.der(), &[], &name, &[], UnixTime::now());
            outcome.is_ok()
        };
        for (mode, of_known, by_another_name, of_other) in [
            (Prefer, true, true, true),
            (Require, true, true, true),
            (VerifyCa, true, true, false),
            (VerifyFull, true, false, false),
        ] {
            assert_eq!(is_taken(mode, &known, "db.example"), of_known, "{mode:?}");
            assert_eq!(is_taken(mode, &known, "other.example"), by_another_name, "{mode:?}");
            assert_eq!(is_taken(mode, &other, "db.example"), of_other, "{mode:?}");
        }
    }

    #[test]
    fn papers_are_texts_or_files_and_those_that_are_not_there_are_told() {
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new([]).and_then(|parameters| parameters.self_signed(&key));
        let mut shown = papers(None);
        shown.certificate = Some(certificate.expect("a certificate").pem());
        assert!(config(Prefer, &shown).is_err(), "a certificate without its key");
        assert!(config(Disable, &shown).is_ok(), "nobody is shown it");
        shown.key = Some(key.serialize_pem());
        assert!(config(Prefer, &shown).is_ok());
        shown.key = Some("/nowhere/key.pem".into());
        assert!(config(Prefer, &shown).is_err());
        assert!(config(VerifyFull, &papers(Some("/nowhere/authority.pem".into()))).is_err());
    }
}
