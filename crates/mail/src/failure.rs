//! Why a letter was not sent.

#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("{0:?} is not an address of mail")]
    Address(String),
    #[error("the letter cannot be put together")]
    Letter(#[from] lettre::error::Error),
    /// It could not be reached, or refused something.
    #[error("the mail server")]
    Server(#[from] lettre::transport::smtp::Error),
    #[error("the mail server asks for a login in a way it should not: {0}")]
    Challenge(&'static str),
    #[error("the mail server did not answer in time")]
    Late,
    /// No token for the login could be had.
    #[error("smtp.oauth2: {0}")]
    Token(String),
    #[error("the server is shutting down")]
    Stopped,
}
