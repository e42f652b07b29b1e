//! `limit`, `offset` and `order` of lists.

use crate::error::{ApiError, Result};
use control::{IpListPage, Order, Page};
use serde::Deserialize;
use utoipa::IntoParams;

/// The largest and the usual number of entries of a page.
const MAX: u64 = 500;
const DEFAULT: u64 = 100;

/// As text, since what is wrong with them has to be told in our words.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PageQuery {
    /// Entries to leave out at the start.
    #[param(value_type = u64, minimum = 0, default = 0)]
    offset: Option<String>,
    /// Entries to return.
    #[param(value_type = u64, minimum = 0, maximum = 500, default = 100)]
    limit: Option<String>,
    /// By name: `ASC` or `DESC`.
    #[param(value_type = String, pattern = "^(ASC|DESC)$", default = "ASC")]
    order: Option<String>,
    /// Only what comes after this name, in the order of the list: unlike an offset it stays right while
    /// objects come and go.
    from: Option<String>,
    /// Only names that hold this text.
    search: Option<String>,
}

impl PageQuery {
    pub fn page(&self) -> Result<Page> {
        let offset = number("offset", self.offset.as_deref())?.unwrap_or(0);
        let limit = number("limit", self.limit.as_deref())?.unwrap_or(DEFAULT as i64);
        if limit < 0 {
            return Err(ApiError::bad_request(format!("limit: it must not be negative: {limit}")));
        }
        let order = order(self.order.as_deref())?;
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Ok(Page {
            offset: offset.max(0).unsigned_abs(),
            limit: limit.unsigned_abs().min(MAX),
            order,
            after: given(&self.from),
            search: given(&self.search),
            scope: None,
        })
    }
}

/// The query parameters of an IP list, which pages by value.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct IpListQuery {
    /// Only networks whose text begins so.
    filter: Option<String>,
    /// Only what comes after this network, in the order of the list.
    from: Option<String>,
    /// Entries to return.
    #[param(value_type = u64, minimum = 0, maximum = 500, default = 100)]
    limit: Option<String>,
    /// By the text of the network: `ASC` or `DESC`.
    #[param(value_type = String, pattern = "^(ASC|DESC)$", default = "ASC")]
    order: Option<String>,
    /// Only networks or descriptions that hold this text.
    search: Option<String>,
}

impl IpListQuery {
    pub fn page(&self) -> Result<IpListPage> {
        let query = PageQuery {
            limit: self.limit.clone(),
            order: self.order.clone(),
            from: self.from.clone(),
            search: self.search.clone(),
            ..Default::default()
        };
        let page = query.page()?;
        let prefix = self.filter.clone().filter(|text| !text.is_empty());
        // A limit of 0 is none here.
        let limit = if page.limit == 0 { DEFAULT } else { page.limit };
        Ok(IpListPage { limit, order: page.order, after: page.after, prefix, search: page.search })
    }
}

/// `order`: ascending unless it says something else.
pub fn order(text: Option<&str>) -> Result<Order> {
    match text.unwrap_or_default() {
        "" | "ASC" => Ok(Order::Ascending),
        "DESC" => Ok(Order::Descending),
        other => Err(ApiError::bad_request(format!("order: {other:?} is neither ASC nor DESC"))),
    }
}

/// A parameter that is a number.
pub fn number(name: &str, text: Option<&str>) -> Result<Option<i64>> {
    let parse = |text: &str| {
        text.parse().map_err(|_| ApiError::bad_request(format!("{name}: {text:?} is no number")))
    };
    text.filter(|text| !text.is_empty()).map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(offset: &str, limit: &str, order: &str) -> Result<Page> {
        let text = |text: &str| Some(text.to_owned());
        PageQuery { offset: text(offset), limit: text(limit), order: text(order), ..PageQuery::default() }
            .page()
    }

    #[test]
    fn bounds_and_defaults() {
        let usual = Page { limit: 100, ..Page::default() };
        assert_eq!(PageQuery::default().page().unwrap(), usual);
        assert_eq!(page("", "", "").unwrap(), usual);
        assert_eq!(
            page("-1", "501", "DESC").unwrap(),
            Page { limit: 500, order: Order::Descending, ..Page::default() }
        );
        assert_eq!(page("7", "0", "ASC").unwrap(), Page { offset: 7, ..Page::default() });
        for (offset, limit, order) in [("a", "", ""), ("", "a", ""), ("", "-1", ""), ("", "", "asc")] {
            assert!(page(offset, limit, order).is_err(), "{offset} {limit} {order}");
        }
    }
}
