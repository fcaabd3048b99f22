//! Whoever guesses at an operator's password holds up nobody who has signed in before.

use super::world::{PASSWORD, World, form};
use reqwest::header::{COOKIE, HeaderMap, ORIGIN, SET_COOKIE};

async fn sign_in(world: &World, password: &str, cookies: &str) -> (u16, HeaderMap) {
    let body = form(&[("name", "aida"), ("password", password), ("to", "/console")]);
    let request = world.client.post(format!("{}/console/sign-in", world.url)).body(body);
    let answer = request.header(ORIGIN, &world.url).header(COOKIE, cookies).send().await.unwrap();
    (answer.status().as_u16(), answer.headers().clone())
}

#[tokio::test]
async fn somebody_who_guesses_does_not_lock_an_operator_out_of_a_browser_of_theirs() {
    let world = World::open().await;
    let (status, headers) = sign_in(&world, PASSWORD, "").await;
    assert_eq!(status, 303);
    let cookies = headers.get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap());
    let browser = cookies.filter(|it| it.starts_with("epay-browser=")).collect::<String>();
    let (browser, attributes) = browser.split_once(';').unwrap();
    assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"));
    for _ in 0..5 {
        sign_in(&world, "wrong horse battery", "").await;
    }
    assert_eq!(sign_in(&world, PASSWORD, "").await.0, 429, "from anywhere else");
    let (status, headers) = sign_in(&world, PASSWORD, browser).await;
    assert_eq!(status, 303);
    assert_eq!(headers.get_all(SET_COOKIE).iter().count(), 1, "it is known already");
    // The cookie opens nothing, and guesses with it are counted, too.
    for _ in 0..5 {
        sign_in(&world, "wrong horse battery", browser).await;
    }
    assert_eq!(sign_in(&world, PASSWORD, browser).await.0, 429);
    let page = world.client.get(format!("{}/console", world.url)).header(COOKIE, browser);
    assert_eq!(page.send().await.unwrap().status(), 303, "to the sign-in");
}
