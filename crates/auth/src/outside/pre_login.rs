//! `data_provider.pre_login_hook`: makes or changes the user that is about to log in.

use super::{MAX_ANSWER, failed, is_blank, parse_user, user_json};
use crate::{Attempt, Refused, login::Inner};
use hooks::{Answer, Call, Hook, Method};
use store::User;
use types::LoginMethod;

/// Asks the hook, which is told all that is stored; whether it changed something.
pub async fn ask(
    hook: &Hook,
    inner: &Inner,
    attempt: &Attempt,
    method: LoginMethod,
) -> Result<bool, Refused> {
    let stored = inner.stored(attempt).await?;
    let user = stored.unwrap_or_else(|| User { username: attempt.username.clone(), ..User::default() });
    let user = user_json(&user)?;
    let (ip, protocol) = (attempt.ip.to_canonical().to_string(), attempt.protocol.family());
    let variables = vec![
        ("SFTPGO_LOGIND_USER", (&user).into()),
        ("SFTPGO_LOGIND_METHOD", method.as_str().into()),
        ("SFTPGO_LOGIND_IP", (&ip).into()),
        ("SFTPGO_LOGIND_PROTOCOL", protocol.into()),
    ];
    let query =
        vec![("login_method", method.as_str().to_owned()), ("ip", ip), ("protocol", protocol.to_owned())];
    let body = Some(user.into_bytes());
    let call = Call { variables, method: Method::Post, query, body, max_answer: MAX_ANSWER };
    let answer = match hook.ask(call).await.map_err(|error| failed(hook, &error))? {
        Answer::Program(output) if is_blank(&output) => return Ok(false),
        Answer::Http { status: 204, .. } => return Ok(false),
        Answer::Program(output) => output,
        Answer::Http { status: 200, body } => body,
        Answer::Http { status, .. } => return Err(failed(hook, &hooks::Failed::Status(status))),
    };
    inner.adopt(attempt, parse_user(&answer)?).await?;
    Ok(true)
}
