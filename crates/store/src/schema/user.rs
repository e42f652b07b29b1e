//! Table `users`.

use super::{from_json, to_json};
use crate::{Result, model::User};
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

impl Model {
    /// The object without its folders and groups, which live in tables of their own.
    pub fn into_user(self) -> Result<User> {
        Ok(User {
            id: self.id,
            status: self.status,
            username: self.username,
            email: self.email,
            description: self.description,
            expiration_date: self.expiration_date,
            has_password: !self.password.is_empty(),
            password: Secret::new(self.password),
            public_keys: from_json(self.public_keys)?,
            home_dir: self.home_dir,
            virtual_folders: Vec::new(),
            uid: self.uid,
            gid: self.gid,
            max_sessions: self.max_sessions,
            quota_size: self.quota_size,
            quota_files: self.quota_files,
            permissions: from_json(self.permissions)?,
            used_quota_size: self.used_quota_size,
            used_quota_files: self.used_quota_files,
            last_quota_update: self.last_quota_update,
            upload_bandwidth: self.upload_bandwidth,
            download_bandwidth: self.download_bandwidth,
            upload_data_transfer: self.upload_data_transfer,
            download_data_transfer: self.download_data_transfer,
            total_data_transfer: self.total_data_transfer,
            used_upload_data_transfer: self.used_upload_data_transfer,
            used_download_data_transfer: self.used_download_data_transfer,
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_login: self.last_login,
            first_download: self.first_download,
            first_upload: self.first_upload,
            last_password_change: self.last_password_change,
            filters: from_json(self.filters)?,
            filesystem: from_json(self.filesystem)?,
            additional_info: self.additional_info,
            groups: Vec::new(),
            oidc_custom_fields: from_json(self.oidc_custom_fields)?,
            role: self.role,
        })
    }
}

impl ActiveModel {
    /// A whole new row.
    pub fn insert_of(user: &User) -> Result<Self> {
        Ok(Self {
            username: Set(user.username.clone()),
            used_quota_size: Set(user.used_quota_size),
            used_quota_files: Set(user.used_quota_files),
            last_quota_update: Set(user.last_quota_update),
            used_upload_data_transfer: Set(user.used_upload_data_transfer),
            used_download_data_transfer: Set(user.used_download_data_transfer),
            created_at: Set(user.created_at),
            last_login: Set(user.last_login),
            first_download: Set(user.first_download),
            first_upload: Set(user.first_upload),
            ..Self::update_of(user)?
        })
    }

    /// The columns an administrator's update replaces. Counters and times that a running session moves are
    /// not among them: an update must not undo what happened since the object was read.
    pub fn update_of(user: &User) -> Result<Self> {
        Ok(Self {
            id: if user.id == 0 { NotSet } else { Set(user.id) },
            username: NotSet,
            status: Set(user.status),
            email: Set(user.email.clone()),
            description: Set(user.description.clone()),
            expiration_date: Set(user.expiration_date),
            password: Set(user.password.expose().clone()),
            public_keys: Set(to_json(&user.public_keys)?),
            home_dir: Set(user.home_dir.clone()),
            uid: Set(user.uid),
            gid: Set(user.gid),
            max_sessions: Set(user.max_sessions),
            quota_size: Set(user.quota_size),
            quota_files: Set(user.quota_files),
            permissions: Set(to_json(&user.permissions)?),
            used_quota_size: NotSet,
            used_quota_files: NotSet,
            last_quota_update: NotSet,
            upload_bandwidth: Set(user.upload_bandwidth),
            download_bandwidth: Set(user.download_bandwidth),
            upload_data_transfer: Set(user.upload_data_transfer),
            download_data_transfer: Set(user.download_data_transfer),
            total_data_transfer: Set(user.total_data_transfer),
            used_upload_data_transfer: NotSet,
            used_download_data_transfer: NotSet,
            created_at: NotSet,
            updated_at: Set(user.updated_at),
            last_login: NotSet,
            first_download: NotSet,
            first_upload: NotSet,
            last_password_change: Set(user.last_password_change),
            filters: Set(to_json(&user.filters)?),
            filesystem: Set(to_json(&user.filesystem)?),
            additional_info: Set(user.additional_info.clone()),
            oidc_custom_fields: Set(to_json(&user.oidc_custom_fields)?),
            role: Set(user.role.clone()),
        })
    }
}
