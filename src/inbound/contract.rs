//! What the OpenAPI description says beside its calls: how callers show who they are, and what stands in each path.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        RefOr,
        path::{Operation, PathItem},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Loyalty connector", description = "Orders and events in, exact points out."),
    modifiers(&Bearer),
    security(("key" = []))
)]
pub struct Documentation;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        api.components.get_or_insert_default().add_security_scheme("key", scheme);
    }
}

/// What is behind `{name}` in a path that begins so.
const IN_PATHS: &[(&str, &str, &str)] = &[
    ("/v1/members/", "ref", "`mem_...`, `external:...`, `email:...`, `phone:...`, `card:...` or `visitor:...`"),
    ("/v1/orders/", "order_id", "The shop's own number of the order"),
    ("/v1/adjustments/", "source", "The name of the key that asked"),
    ("/v1/adjustments/", "id", "The `id` that it gave"),
    ("/v1/holds/", "id", "`hold_...`, of the answer that made the hold"),
    ("/v1/claims/", "id", "`clm_...`, of the answer that made the claim"),
    ("/v1/entries/", "id", "`ent_...`, of a statement or a receipt"),
    ("/v1/rewards/", "id", "The cell `Reward` of its row in the table Rewards"),
    ("/v1/codes/", "code", "As the member types it; capitals and spaces make no difference"),
    ("/v1/imports/", "kind", "What the rows are"),
];

/// Every part of a path says what it is.
pub fn explain(mut api: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    for (path, item) in &mut api.paths.paths {
        for parameter in operations(item).filter_map(|operation| operation.parameters.as_mut()).flatten() {
            let RefOr::T(parameter) = parameter else { continue };
            let known = IN_PATHS.iter().find(|(begin, name, _)| path.starts_with(begin) && parameter.name == *name);
            if let (None, Some((.., text))) = (&parameter.description, known) {
                parameter.description = Some((*text).to_owned());
            }
        }
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}
