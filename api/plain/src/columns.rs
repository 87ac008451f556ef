//! Which columns of its row a field is made of, as its method tells.
use crate::name;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{ImplItemFn, ext::IdentExt};

/// The columns that a field is made of: those that its method names as `self.0.column`; none where it does anything else
/// with what it is a field of.
pub(crate) fn columns(method: &ImplItemFn) -> Option<TokenStream> {
    let (name, mut columns) = (name(&method.sig.ident, &method.attrs)?, Vec::new());
    let own = method.block.to_token_stream();
    names_columns(own, &mut columns).then(|| quote!(#name => ::std::option::Option::Some(&[#(#columns),*]),))
}

fn names_columns(tokens: TokenStream, columns: &mut Vec<String>) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |token: Option<&TokenTree>, text: &str| token.is_some_and(|token| token.to_string() == text);
    tokens.iter().enumerate().all(|(place, token)| match token {
        TokenTree::Group(group) => names_columns(group.stream(), columns),
        TokenTree::Ident(own) if own == "self" => {
            let after = |count: usize| tokens.get(place + count);
            let Some(TokenTree::Ident(column)) = after(4) else {
                return false;
            };
            columns.push(column.unraw().to_string());
            let is_called = is(after(5), ":") || matches!(after(5), Some(TokenTree::Group(_)));
            is(after(1), ".") && is(after(2), "0") && is(after(3), ".") && !is_called
        }
        TokenTree::Literal(text) => !text.to_string().contains("{self"),
        TokenTree::Ident(_) | TokenTree::Punct(_) => true,
    })
}

#[cfg(test)]
mod tests {
    use super::columns;
    use quote::ToTokens;
    use syn::{ImplItemFn, parse_quote};

    #[test]
    fn a_field_is_made_of_the_columns_that_its_method_names() {
        let made_of: [(ImplItemFn, &[&str]); 4] = [
            (
                parse_quote!(
                    async fn display_name(&self) -> String {
                        format!("{} {}", self.0.first_name, self.0.last_name)
                    }
                ),
                &["displayName", "first_name", "last_name"],
            ),
            (
                parse_quote!(
                    #[graphql(name = "type")]
                    async fn kind(&self) -> Kind {
                        self.0.r#type.clone().into()
                    }
                ),
                &["type", "type"],
            ),
            (
                parse_quote!(
                    async fn may(&self, ctx: &Context<'_>) -> bool {
                        Scope::of(ctx).may(self.0.id).await
                    }
                ),
                &["may", "id"],
            ),
            (
                parse_quote!(
                    async fn answer(&self) -> i32 {
                        42
                    }
                ),
                &["answer"],
            ),
        ];
        for (method, expected) in made_of {
            let arm = columns(&method).expect("columns").to_string();
            let texts: Vec<_> = arm.split('"').skip(1).step_by(2).collect();
            assert_eq!(texts, expected);
        }
        let whole: [ImplItemFn; 6] = [
            parse_quote!(
                async fn status(&self) -> Status {
                    Status::of(&self.0)
                }
            ),
            parse_quote!(
                async fn name(&self) -> String {
                    self.called()
                }
            ),
            parse_quote!(
                async fn name(&self) -> String {
                    self.0.called()
                }
            ),
            parse_quote!(
                async fn name(&self) -> String {
                    self.0.called::<i32>()
                }
            ),
            parse_quote!(
                async fn name(&self) -> String {
                    format!("{self} {}", self.0.id)
                }
            ),
            parse_quote!(
                #[graphql(flatten)]
                async fn name(&self) -> Name {
                    Name(self.0.id)
                }
            ),
        ];
        for method in whole {
            let text = method.to_token_stream().to_string();
            assert!(columns(&method).is_none(), "{text}");
        }
    }
}
