/// The algorithms of the running keys, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    pub kex: &'static str,
    pub host_key: &'static str,
    pub cipher_in: &'static str,
    pub cipher_out: &'static str,
    /// `None` where the cipher brings its own integrity.
    pub mac_in: Option<&'static str>,
    pub mac_out: Option<&'static str>,
}
