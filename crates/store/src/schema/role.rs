//! Table `roles`. Users and admins name their role in a column of their own.

use super::{admin, user};
use crate::{Db, Error, Result, model::Role, object::Object, queries::members};
use sea_orm::{ActiveValue::NotSet, Set, entity::prelude::*, sea_query::Expr};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub description: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Object for Role {
    type Table = Entity;

    const NAME: Column = Column::Name;

    fn id(&self) -> i64 {
        self.id
    }

    fn key(&self) -> &str {
        &self.name
    }

    fn from_row(row: Model) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            description: row.description,
            created_at: row.created_at,
            updated_at: row.updated_at,
            users: Vec::new(),
            admins: Vec::new(),
        })
    }

    fn to_row(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            name: Set(self.name.clone()),
            created_at: Set(self.created_at),
            ..self.to_change()?
        })
    }

    fn to_change(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            id: NotSet,
            name: NotSet,
            description: Set(self.description.clone()),
            created_at: NotSet,
            updated_at: Set(self.updated_at),
        })
    }

    async fn fill_referrers(db: &Db, roles: &mut [Self], _: Option<&str>) -> Result<()> {
        let names: Vec<String> = roles.iter().map(|role| role.name.clone()).collect();
        let mut users = members::users_of_roles(db, names.clone()).await?;
        let mut admins = members::admins_of_roles(db, names).await?;
        for role in roles {
            role.users = users.take(&role.name);
            role.admins = admins.take(&role.name);
        }
        Ok(())
    }

    /// A role with admins stays: without it they would see every user. Users are left without.
    async fn unlink(&self, db: &Db) -> Result<()> {
        if admin::Entity::find().filter(admin::Column::Role.eq(&self.name)).count(db).await? > 0 {
            return Err(Error::InUse);
        }
        let update = user::Entity::update_many().col_expr(user::Column::Role, Expr::value(""));
        update.filter(user::Column::Role.eq(&self.name)).exec(db).await?;
        Ok(())
    }
}
