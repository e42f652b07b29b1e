//! Table `users`.

use super::{from_json, to_json};
use crate::{
    Db, Result, Role,
    model::User,
    object::{Object, require},
    queries::links,
};
use sea_orm::{ActiveValue::NotSet, Set, entity::prelude::*};
use types::Secret;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub username: String,
    pub status: i32,
    pub email: String,
    pub description: String,
    pub expiration_date: i64,
    pub password: String,
    pub public_keys: Json,
    pub home_dir: String,
    pub uid: i32,
    pub gid: i32,
    pub max_sessions: i32,
    pub quota_size: i64,
    pub quota_files: i64,
    pub permissions: Json,
    pub used_quota_size: i64,
    pub used_quota_files: i64,
    pub last_quota_update: i64,
    pub upload_bandwidth: i64,
    pub download_bandwidth: i64,
    pub upload_data_transfer: i64,
    pub download_data_transfer: i64,
    pub total_data_transfer: i64,
    pub used_upload_data_transfer: i64,
    pub used_download_data_transfer: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub last_login: i64,
    pub first_download: i64,
    pub first_upload: i64,
    pub last_password_change: i64,
    pub filters: Json,
    pub filesystem: Json,
    pub additional_info: String,
    pub oidc_custom_fields: Json,
    pub role: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Object for User {
    type Table = Entity;

    const NAME: Column = Column::Username;
    const SCOPE: Option<Column> = Some(Column::Role);

    fn id(&self) -> i64 {
        self.id
    }

    fn key(&self) -> &str {
        &self.username
    }

    fn from_row(row: Model) -> Result<Self> {
        Ok(User {
            id: row.id,
            status: row.status,
            username: row.username,
            email: row.email,
            description: row.description,
            expiration_date: row.expiration_date,
            has_password: !row.password.is_empty(),
            password: Secret::new(row.password),
            public_keys: from_json(row.public_keys)?,
            home_dir: row.home_dir,
            virtual_folders: Vec::new(),
            uid: row.uid,
            gid: row.gid,
            max_sessions: row.max_sessions,
            quota_size: row.quota_size,
            quota_files: row.quota_files,
            permissions: from_json(row.permissions)?,
            used_quota_size: row.used_quota_size,
            used_quota_files: row.used_quota_files,
            last_quota_update: row.last_quota_update,
            upload_bandwidth: row.upload_bandwidth,
            download_bandwidth: row.download_bandwidth,
            upload_data_transfer: row.upload_data_transfer,
            download_data_transfer: row.download_data_transfer,
            total_data_transfer: row.total_data_transfer,
            used_upload_data_transfer: row.used_upload_data_transfer,
            used_download_data_transfer: row.used_download_data_transfer,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_login: row.last_login,
            first_download: row.first_download,
            first_upload: row.first_upload,
            last_password_change: row.last_password_change,
            filters: from_json(row.filters)?,
            filesystem: from_json(row.filesystem)?,
            additional_info: row.additional_info,
            groups: Vec::new(),
            oidc_custom_fields: from_json(row.oidc_custom_fields)?,
            role: row.role,
        })
    }

    fn to_row(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            username: Set(self.username.clone()),
            used_quota_size: Set(self.used_quota_size),
            used_quota_files: Set(self.used_quota_files),
            last_quota_update: Set(self.last_quota_update),
            used_upload_data_transfer: Set(self.used_upload_data_transfer),
            used_download_data_transfer: Set(self.used_download_data_transfer),
            created_at: Set(self.created_at),
            last_login: Set(self.last_login),
            first_download: Set(self.first_download),
            first_upload: Set(self.first_upload),
            ..self.to_change()?
        })
    }

    /// Counters and times that a running session moves are not among them: a change must not undo what
    /// happened since the object was read.
    fn to_change(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            id: NotSet,
            username: NotSet,
            status: Set(self.status),
            email: Set(self.email.clone()),
            description: Set(self.description.clone()),
            expiration_date: Set(self.expiration_date),
            password: Set(self.password.expose().clone()),
            public_keys: Set(to_json(&self.public_keys)?),
            home_dir: Set(self.home_dir.clone()),
            uid: Set(self.uid),
            gid: Set(self.gid),
            max_sessions: Set(self.max_sessions),
            quota_size: Set(self.quota_size),
            quota_files: Set(self.quota_files),
            permissions: Set(to_json(&self.permissions)?),
            used_quota_size: NotSet,
            used_quota_files: NotSet,
            last_quota_update: NotSet,
            upload_bandwidth: Set(self.upload_bandwidth),
            download_bandwidth: Set(self.download_bandwidth),
            upload_data_transfer: Set(self.upload_data_transfer),
            download_data_transfer: Set(self.download_data_transfer),
            total_data_transfer: Set(self.total_data_transfer),
            used_upload_data_transfer: NotSet,
            used_download_data_transfer: NotSet,
            created_at: NotSet,
            updated_at: Set(self.updated_at),
            last_login: NotSet,
            first_download: NotSet,
            first_upload: NotSet,
            last_password_change: Set(self.last_password_change),
            filters: Set(to_json(&self.filters)?),
            filesystem: Set(to_json(&self.filesystem)?),
            additional_info: Set(self.additional_info.clone()),
            oidc_custom_fields: Set(to_json(&self.oidc_custom_fields)?),
            role: Set(self.role.clone()),
        })
    }

    async fn check_references(&self, db: &Db) -> Result<()> {
        if self.role.is_empty() { Ok(()) } else { require::<Role>(db, "role", &self.role).await }
    }

    async fn fill(db: &Db, users: &mut [Self], _: Option<&str>) -> Result<()> {
        links::fill_users(db, users).await
    }

    async fn link(&self, db: &Db, id: i64) -> Result<()> {
        links::save_user(db, id, self).await
    }
}
