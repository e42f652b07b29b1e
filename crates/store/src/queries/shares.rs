//! How often shares are used.

use crate::{Result, Store, model::Share, object::Object, schema::share};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

impl Store {
    /// Counts `tokens` uses of a share at `now`, all of them or, when fewer are left, none. Answers whether
    /// they were counted. It is one statement, so of two visitors with one token left one succeeds.
    pub async fn use_share(&self, id: &str, tokens: i64, now: i64) -> Result<bool> {
        self.write(id.to_owned(), move |db, id| async move {
            let used = || Expr::col(share::Column::UsedTokens).add(tokens);
            let unlimited = share::Column::MaxTokens.eq(0);
            let left = Expr::col(share::Column::MaxTokens).gte(used());
            let update = share::Entity::update_many()
                .col_expr(share::Column::UsedTokens, used())
                .col_expr(share::Column::LastUseAt, Expr::value(now))
                .filter(Share::NAME.eq(id.as_str()))
                .filter(Condition::any().add(unlimited).add(left));
            Ok(update.exec(&db).await?.rows_affected > 0)
        })
        .await
    }

    /// Gives back `tokens` of uses that failed.
    pub async fn give_back_share(&self, id: &str, tokens: i64) -> Result<()> {
        self.write(id.to_owned(), move |db, id| async move {
            let used = Expr::col(share::Column::UsedTokens).sub(tokens);
            let update = share::Entity::update_many().col_expr(share::Column::UsedTokens, used);
            let update = update.filter(Share::NAME.eq(id.as_str()));
            update.filter(share::Column::UsedTokens.gte(tokens)).exec(&db).await?;
            Ok(())
        })
        .await
    }
}
