//! `tls_cipher_suites`.

use rustls::{
    CipherSuite, SupportedCipherSuite,
    crypto::{CryptoProvider, aws_lc_rs},
};

/// The cryptography of a listener. `names` choose among the suites of TLS 1.2 and order them; those of
/// TLS 1.3 are all good and not to be chosen.
pub fn provider(names: &[String]) -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    if !names.is_empty() {
        let (mut chosen, older): (Vec<_>, Vec<_>) =
            provider.cipher_suites.iter().copied().partition(|suite| suite.tls13().is_some());
        chosen.extend(names.iter().filter_map(|name| named(&older, name)));
        provider.cipher_suites = chosen;
    }
    provider
}

/// Names in `names` that are no suite which this server has for TLS 1.2. Clients have been known to list
/// suites of all ages, so they are told and not refused.
pub fn unknown(names: &[String]) -> Vec<&str> {
    let all = aws_lc_rs::default_provider().cipher_suites;
    names.iter().filter(|name| named(&all, name).is_none()).map(String::as_str).collect()
}

fn named(suites: &[SupportedCipherSuite], name: &str) -> Option<SupportedCipherSuite> {
    let matches = |suite: CipherSuite| suite.as_str().is_some_and(|known| known.eq_ignore_ascii_case(name));
    suites.iter().copied().find(|suite| matches(suite.suite()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_choose_and_order_tls_1_2_alone() {
        let names = [
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_NO_SUCH_THING",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ]
        .map(str::to_owned);
        let chosen = provider(&names).cipher_suites;
        let older: Vec<_> = chosen.iter().filter(|suite| suite.tls13().is_none()).collect();
        assert_eq!(chosen.len() - older.len(), 3);
        let older: Vec<_> = older.iter().map(|suite| suite.suite()).collect();
        assert_eq!(
            older,
            [
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
            ]
        );
        assert_eq!(unknown(&names), ["TLS_NO_SUCH_THING"]);
    }
}
