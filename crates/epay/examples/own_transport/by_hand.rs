//! Stands for the blocking client you have: one request and one answer over a socket, with nothing but `std`.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;

use bytes::Bytes;
use epay_http::{ReadBody, TransportError};
use http::{Request, Response, header};

/// More than the longest answer takes, in whatever pieces it comes.
const LIMIT: u64 = 1024 * 1024;

pub(crate) fn exchange(
    mut socket: &TcpStream,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, TransportError> {
    socket.write_all(&written(request)).map_err(TransportError::interrupted)?;
    let mut reader = BufReader::new(socket.take(LIMIT));
    let status = line(&mut reader)?.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut head = Response::builder().status(status.as_str());
    loop {
        let line = line(&mut reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| TransportError::interrupted("a header has no name"))?;
        head = head.header(name, value.trim());
    }
    let head = head.body(()).map_err(TransportError::interrupted)?;
    let body = body(head.headers(), status == "204", reader)?;
    Ok(head.map(|()| body))
}

fn written(request: &Request<Bytes>) -> Vec<u8> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let host = request.uri().authority().map_or("", |host| host.as_str());
    let length = request.body().len();
    let first =
        format!("{} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close", request.method());
    let mut bytes = first.into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([b"\r\n", name.as_str().as_bytes(), b": ", value.as_bytes()].concat());
    }
    bytes.extend(format!("\r\ncontent-length: {length}\r\n\r\n").bytes());
    bytes.extend(request.body());
    bytes
}

fn body(
    headers: &http::HeaderMap,
    none: bool,
    mut reader: impl BufRead,
) -> Result<Bytes, TransportError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let chunked = header(header::TRANSFER_ENCODING) == Some("chunked");
    let length = if none {
        Some(0)
    } else {
        header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok())
    };
    if !chunked {
        let mut body = ReadBody::new(length)?;
        read(reader.take(length.unwrap_or(LIMIT)), &mut body)?;
        return body.finish();
    }
    let mut body = ReadBody::new(None)?;
    loop {
        let size =
            u64::from_str_radix(&line(&mut reader)?, 16).map_err(TransportError::interrupted)?;
        read((&mut reader).take(size), &mut body)?;
        line(&mut reader)?;
        if size == 0 {
            return body.finish();
        }
    }
}

fn read(mut reader: impl BufRead, into: &mut ReadBody) -> Result<(), TransportError> {
    loop {
        let piece = reader.fill_buf().map_err(TransportError::interrupted)?;
        let length = piece.len();
        if length == 0 {
            return Ok(());
        }
        into.push(piece)?;
        reader.consume(length);
    }
}

/// A line without its end; without an end it is no line.
fn line(reader: &mut impl BufRead) -> Result<String, TransportError> {
    let mut line = String::new();
    reader.read_line(&mut line).map_err(TransportError::interrupted)?;
    let cut = || TransportError::interrupted(std::io::Error::from(ErrorKind::UnexpectedEof));
    line.strip_suffix("\r\n").map(ToOwned::to_owned).ok_or_else(cut)
}
