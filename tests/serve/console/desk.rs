//! An operator's browser, with its cookie, and the pages that come to it.

use crate::world::{PASSWORD, World, form};
use epay_fakebank::cards;
use reqwest::header::HeaderMap;

/// An operator's browser, with its cookie.
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a World,
    pub(crate) cookie: String,
}

pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    /// What the first field of this name has.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> String {
        let (_, rest) = self
            .text
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap_or_else(|| panic!("no field {name}: {}", self.text));
        rest.split_once('"').unwrap().0.to_owned()
    }

    fn field_or(&self, name: &str) -> String {
        let found = self.text.contains(&format!("name=\"{name}\" value=\""));
        if found { self.field(name) } else { "a2345678bc".to_owned() }
    }

    pub(crate) fn to(&self) -> &str {
        self.headers.get("location").map_or("", |to| to.to_str().unwrap())
    }
}

impl<'a> Desk<'a> {
    pub(crate) async fn of(world: &'a World, name: &str) -> Desk<'a> {
        let page = sign_in(world, name, PASSWORD).await;
        assert_eq!(page.status, 303, "{}", page.text);
        let cookie = page.headers["set-cookie"].to_str().unwrap();
        Desk { world, cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        let request = self.world.client.get(format!("{}{path}", self.world.url));
        read(request.header("cookie", &self.cookie)).await
    }

    /// Posts these fields as a page of the console does.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.get("/console").await.field("token");
        let fields = [fields, &[("token", &token)]].concat();
        self.post_from(&self.world.url, path, &fields).await
    }

    pub(crate) async fn post_from(
        &self,
        origin: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        post(self.world, path, Some(origin), Some(&self.cookie), fields).await
    }

    /// Does what the form of the page is for.
    pub(crate) async fn act(&self, invoice: &str, act: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get(invoice).await;
        let (shown, name) = (page.field_or("shown"), page.field_or("name"));
        let fields = [fields, &[("shown", &shown), ("name", &name)]].concat();
        self.post(&format!("{invoice}/{act}"), &fields).await
    }
}

pub(crate) async fn sign_in(world: &World, name: &str, password: &str) -> Page {
    let fields = [("name", name), ("password", password), ("to", "/console?find=17")];
    post(world, "/console/sign-in", Some(&world.url), None, &fields).await
}

pub(crate) async fn post(
    world: &World,
    path: &str,
    origin: Option<&str>,
    cookie: Option<&str>,
    fields: &[(&str, &str)],
) -> Page {
    let mut request = world.client.post(format!("{}{path}", world.url)).body(form(fields));
    request = request.header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in [("origin", origin), ("cookie", cookie)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    read(request).await
}

pub(crate) async fn read(request: reqwest::RequestBuilder) -> Page {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Page { status, headers, text: answer.text().await.unwrap() }
}

pub(crate) const FIRST: &str = "/console/shops/books/100000001";
pub(crate) const HELD: &str = "/console/shops/tools/200000001";

/// An order of 5000 tenge that is paid.
pub(crate) async fn paid(world: &World, order: &str) {
    let link = world.order(&world.books, order).await;
    world.pay(&link, cards::VISA_OK).await;
}

/// One that is held, in the other shop.
pub(crate) async fn held(world: &World) {
    let link = world.order(&world.tools, "17").await;
    world.pay(&link, cards::VISA_OK).await;
}
