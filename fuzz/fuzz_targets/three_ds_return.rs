//! What a payer's browser posts: what was read, written as a form again, is read as the same.
#![no_main]

use epay_http::read_three_ds_return;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(answer) = read_three_ds_return(data) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("PaRes", answer.pa_res()).append_pair("MD", answer.md());
        let again = read_three_ds_return(form.finish().as_bytes());
        // Written out, it may have become longer than is read.
        assert!(again.map_or(data.len() > 20_000, |again| again.pa_res() == answer.pa_res()
            && again.md() == answer.md()));
    }
});
