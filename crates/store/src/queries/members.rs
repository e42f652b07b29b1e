//! Who uses a folder, is in a group, has a role: names, gathered for a whole page of objects at once.
//!
//! `role` leaves only the accounts that have it.

use crate::{
    Db, Result,
    schema::{
        admin, group,
        mapping::{admin_group, group_folder, user_folder, user_group},
        user,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use std::{collections::HashMap, hash::Hash};

/// Names by what they belong to, in order.
#[derive(Debug)]
pub struct Members<K>(HashMap<K, Vec<String>>);

impl<K: Eq + Hash> Members<K> {
    fn new(pairs: Vec<(K, String)>) -> Self {
        let mut names: HashMap<K, Vec<String>> = HashMap::new();
        for (key, name) in pairs {
            let of = names.entry(key).or_default();
            // A folder may be mounted twice by one user.
            if of.last() != Some(&name) {
                of.push(name);
            }
        }
        Self(names)
    }

    /// The names that belong to `key`.
    pub fn take(&mut self, key: &K) -> Vec<String> {
        self.0.remove(key).unwrap_or_default()
    }
}

pub async fn users_of_groups(db: &Db, groups: Vec<i64>, role: Option<&str>) -> Result<Members<i64>> {
    let user = user_group::Entity::belongs_to(user::Entity).from(user_group::Column::UserId);
    let query = user_group::Entity::find().select_only().column(user_group::Column::GroupId);
    let query = query.column(user::Column::Username);
    let query = query.join(JoinType::InnerJoin, user.to(user::Column::Id).into());
    let query = query.filter(user_group::Column::GroupId.is_in(groups)).order_by_asc(user::Column::Username);
    let query = query.apply_if(role, |query, role| query.filter(user::Column::Role.eq(role)));
    Ok(Members::new(query.into_tuple().all(db).await?))
}

pub async fn admins_of_groups(db: &Db, groups: Vec<i64>, role: Option<&str>) -> Result<Members<i64>> {
    let admin = admin_group::Entity::belongs_to(admin::Entity).from(admin_group::Column::AdminId);
    let query = admin_group::Entity::find().select_only().column(admin_group::Column::GroupId);
    let query = query.column(admin::Column::Username);
    let query = query.join(JoinType::InnerJoin, admin.to(admin::Column::Id).into());
    let query =
        query.filter(admin_group::Column::GroupId.is_in(groups)).order_by_asc(admin::Column::Username);
    let query = query.apply_if(role, |query, role| query.filter(admin::Column::Role.eq(role)));
    Ok(Members::new(query.into_tuple().all(db).await?))
}

pub async fn users_of_folders(db: &Db, folders: Vec<i64>, role: Option<&str>) -> Result<Members<i64>> {
    let user = user_folder::Entity::belongs_to(user::Entity).from(user_folder::Column::UserId);
    let query = user_folder::Entity::find().select_only().column(user_folder::Column::FolderId);
    let query = query.column(user::Column::Username);
    let query = query.join(JoinType::InnerJoin, user.to(user::Column::Id).into());
    let query =
        query.filter(user_folder::Column::FolderId.is_in(folders)).order_by_asc(user::Column::Username);
    let query = query.apply_if(role, |query, role| query.filter(user::Column::Role.eq(role)));
    Ok(Members::new(query.into_tuple().all(db).await?))
}

pub async fn groups_of_folders(db: &Db, folders: Vec<i64>) -> Result<Members<i64>> {
    let group = group_folder::Entity::belongs_to(group::Entity).from(group_folder::Column::GroupId);
    let query = group_folder::Entity::find().select_only().column(group_folder::Column::FolderId);
    let query = query.column(group::Column::Name);
    let query = query.join(JoinType::InnerJoin, group.to(group::Column::Id).into());
    let query = query.filter(group_folder::Column::FolderId.is_in(folders)).order_by_asc(group::Column::Name);
    Ok(Members::new(query.into_tuple().all(db).await?))
}

pub async fn users_of_roles(db: &Db, roles: Vec<String>) -> Result<Members<String>> {
    let query = user::Entity::find().select_only().column(user::Column::Role).column(user::Column::Username);
    let query = query.filter(user::Column::Role.is_in(roles)).order_by_asc(user::Column::Username);
    Ok(Members::new(query.into_tuple().all(db).await?))
}

pub async fn admins_of_roles(db: &Db, roles: Vec<String>) -> Result<Members<String>> {
    let query = admin::Entity::find().select_only().column(admin::Column::Role);
    let query = query.column(admin::Column::Username);
    let query = query.filter(admin::Column::Role.is_in(roles)).order_by_asc(admin::Column::Username);
    Ok(Members::new(query.into_tuple().all(db).await?))
}
