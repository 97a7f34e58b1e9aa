//! Templates as files: an archive out, an archive in.

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::IntoResponse;
use domain::error::{Error, Kind};
use domain::files::{File, FileFormat, ImportOptions, ImportPlan, MAX_ARCHIVE_BYTES, OnConflict};
use serde::Deserialize;
use service::files::{self, Source, Upload, archive};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Linked, Params, parse};
use crate::problem::{self, Failure, Problem};

/// The most bytes of an import's request: an archive, and what a form puts around it.
pub const MAX_BODY: usize = MAX_ARCHIVE_BYTES + 64 * 1024;
/// How many things the format could not say; the archive tells them in a file of its own.
const NOTES: HeaderName = HeaderName::from_static("promptory-notes");
/// The keys that no template has, separated by commas.
const LEFT_OUT: HeaderName = HeaderName::from_static("promptory-left-out");

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct ExportQuery {
    /// Keys, separated by commas; all templates that are not archived when empty.
    keys: String,
    /// `files` (the default), `prompty` or `dotprompt`.
    format: String,
    /// Leaves out keys that no template has: the archive has the other templates, and the header `Promptory-Left-Out` names
    /// the keys. Without it such an export is refused.
    allow_missing: bool,
    /// The project's key, for links; `Promptory-Project` does the same. An API key has a project of its own.
    #[serde(rename = "project")]
    _project: String,
}

/// The latest versions of templates, as a zip archive of files.
#[utoipa::path(get, path = "/admin/export", tag = "files", params(ExportQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip"), (status = 404, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub async fn export(Linked(ctx): Linked, Params(query): Params<ExportQuery>) -> Result<impl IntoResponse, Failure> {
    let keys: Vec<String> = query.keys.split(',').map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned).collect();
    let format = FileFormat::parse(&query.format).map_err(|wrong| Error::field("format", wrong))?;
    let packed = files::export_packed(&ctx, &keys, format, query.allow_missing).await?;
    let name = format!("attachment; filename=\"promptory-{}.zip\"", format.name());
    let headers = [
        (CONTENT_TYPE, "application/zip".to_owned()),
        (CONTENT_DISPOSITION, name),
        (NOTES, packed.notes.len().to_string()),
        (LEFT_OUT, packed.left_out.join(",")),
    ];
    Ok((headers, packed.bytes))
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct ImportQuery {
    /// Only tells what an import would do.
    dry_run: bool,
    /// What to do with a template that was changed here since its files were exported: `refuse` (the default), or
    /// `new_version` to save the files as its next version all the same.
    on_conflict: String,
    /// Saves contracts too that refuse callers who were fine before; without it such an import is refused.
    allow_breaking: bool,
    /// Why the versions are made.
    message: String,
    /// The `digest` of a dry run: an import that would do anything else is refused.
    expected: Option<String>,
    /// The project's key; `Promptory-Project` does the same.
    #[serde(rename = "project")]
    _project: String,
}

impl ImportQuery {
    fn options(self) -> Result<(bool, ImportOptions), Failure> {
        let on_conflict = OnConflict::parse(&self.on_conflict).map_err(|wrong| Error::field("on_conflict", wrong))?;
        let Self { dry_run, allow_breaking, message: commit_message, expected, .. } = self;
        Ok((dry_run, ImportOptions { on_conflict, allow_breaking, commit_message, expected }))
    }
}

/// The files of a small import.
#[derive(Deserialize, ToSchema)]
pub struct ImportFiles {
    files: Vec<File>,
}

/// Imports templates from a zip archive or from files: all, or none and why. Every change is a new version; no label moves.
/// A dry run shows the lines of texts that differ; what was done is told without them.
#[utoipa::path(post, path = "/admin/import", tag = "files", params(ImportQuery),
    request_body(content((ImportFiles = "application/json"), (Vec<u8> = "application/zip"), (Vec<u8> = "multipart/form-data"))),
    responses((status = 200, body = ImportPlan), (status = 409, body = Problem), (status = 412, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub async fn import(
    Linked(ctx): Linked,
    Params(query): Params<ImportQuery>,
    sent: Result<Sent, Failure>,
) -> Result<Json<ImportPlan>, Failure> {
    let (is_dry, options) = query.options()?;
    let Sent(source) = sent?;
    let plan =
        if is_dry { files::plan(&ctx, source, &options).await? } else { files::import(&ctx, source, &options).await? };
    Ok(Json(plan))
}

/// The files of a request: an archive as it is, in a form, or files in JSON.
pub struct Sent(Source);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let media =
            request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_lowercase();
        let media = media.split(';').next().unwrap_or_default().trim().to_owned();
        match media.as_str() {
            "multipart/form-data" => Ok(Self(Source::Uploads(uploads(request).await?))),
            "application/zip" | "application/x-zip-compressed" | "application/octet-stream" => {
                let bytes =
                    Bytes::from_request(request, state).await.map_err(|e| refused(&e.into_response().status()))?;
                Ok(Self(Source::Uploads(vec![Upload { name: "archive.zip".into(), bytes }])))
            }
            "application/json" => {
                // Much JSON takes much more memory than the files in it; an archive doesn't.
                let bytes = to_bytes(request.into_body(), problem::MAX_BODY).await.map_err(|_| problem::too_large())?;
                Ok(Self(Source::Files(parse::<ImportFiles>(&bytes)?.files)))
            }
            _ => {
                let text = "send a zip archive (`Content-Type: application/zip`), a form with files, or JSON";
                Err(Failure(Error::new(Kind::Malformed, "not_files", text)))
            }
        }
    }
}

/// The files that a form was sent with; a field without a file counts as none.
pub async fn uploads(request: Request) -> domain::Result<Vec<Upload>> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|e| refused(&e.status()).0)?;
    let mut uploads = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|e| refused(&e.status()).0)? {
        let name = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|e| refused(&e.status()).0)?;
        if !name.is_empty() {
            uploads.push(Upload { name, bytes });
        }
    }
    if uploads.is_empty() {
        return Err(Error::new(Kind::Malformed, "no_file", "choose a .zip archive, or .prompty and .prompt files"));
    }
    Ok(uploads)
}

fn refused(status: &StatusCode) -> Failure {
    Failure(match *status {
        StatusCode::PAYLOAD_TOO_LARGE => archive::too_large(),
        _ => Error::new(Kind::Malformed, "malformed", "the files could not be read: send them once more"),
    })
}
