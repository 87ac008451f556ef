//! `#[Object]` as async-graphql has it, and besides what prints the fields that need no waiting: the body of an `async fn`
//! that takes no arguments and has no `.await` becomes an `fn`, which `print` calls straight, without a future or a tree of
//! values.
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Expr, ExprAsync, ExprAwait, FnArg, ImplItem, ImplItemFn, ItemImpl, Lit, Meta, ReturnType, Type,
    Visibility,
    ext::IdentExt,
    parse_macro_input, parse_quote,
    visit::{self, Visit},
};

/// An object of the schema, as `async_graphql::Object` makes it, that `print` knows the plain fields of.
#[proc_macro_attribute]
#[expect(non_snake_case, reason = "named as the one that it stands for")]
pub fn Object(arguments: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let mut object = parse_macro_input!(item as ItemImpl);
    let arguments = TokenStream::from(arguments);
    let (methods, arms): (Vec<ImplItemFn>, Vec<TokenStream>) = object
        .items
        .iter_mut()
        .filter_map(|item| match item {
            ImplItem::Fn(method) => plain(method),
            _ => None,
        })
        .unzip();
    let (generics, own) = (&object.generics, &object.self_ty);
    let (parameters, _, bounds) = generics.split_for_impl();
    quote! {
        #[::async_graphql::Object(#arguments)]
        #object

        impl #parameters #own #bounds {
            #(#methods)*
        }

        impl #parameters crate::print::Plain for #own #bounds {
            fn print(
                &self,
                ctx: &::async_graphql::ContextSelectionSet<'_>,
                field: &mut crate::print::Planned<'_>,
                out: &mut ::std::vec::Vec<u8>,
            ) -> bool {
                #[allow(unused_imports, reason = "each is for some types of value")]
                use crate::print::ready::{AsEnum, AsObject, AsOptionalEnum, AsReady, AsWaiting, Value};
                match field.name() {
                    #(#arms)*
                    _ => false,
                }
            }
        }
    }
    .into()
}

/// What gives the value of a field without waiting, and how it is printed; none where its method waits for something,
/// takes arguments or can fail. The method itself calls the other.
fn plain(method: &mut ImplItemFn) -> Option<(ImplItemFn, TokenStream)> {
    let takes_context = match method.sig.inputs.iter().collect::<Vec<_>>().as_slice() {
        [FnArg::Receiver(_)] => false,
        [FnArg::Receiver(_), FnArg::Typed(argument)] if is(&argument.ty, &["Context"]) => true,
        _ => return None,
    };
    let fails = match &method.sig.output {
        ReturnType::Default => true,
        ReturnType::Type(_, output) => is(output, &["Result", "Nullable"]),
    };
    let mut waits = Waits(false);
    waits.visit_block(&method.block);
    if fails || waits.0 {
        return None;
    }
    let name = name(method)?;
    let mut own = method.clone();
    (own.attrs, own.vis, own.sig.asyncness) = (Vec::new(), Visibility::Inherited, None);
    own.sig.ident = format_ident!("plain_{}", method.sig.ident.unraw());
    let ident = &own.sig.ident;
    let context = takes_context.then(|| quote!(&ctx.with_field(field.field())));
    let arm = quote! {
        #name => (&&&&&Value(self.#ident(#context))).print(ctx, field, out),
    };
    let context = takes_context.then(|| quote!(ctx));
    method.block = parse_quote!({ self.#ident(#context) });
    Some((own, arm))
}

/// Whether a type, behind references, is one of these.
fn is(of: &Type, names: &[&str]) -> bool {
    match of {
        Type::Reference(reference) => is(&reference.elem, names),
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| names.iter().any(|name| last.ident == name)),
        _ => false,
    }
}

/// The field's name in the schema; none where something else than its name is told of it.
fn name(method: &ImplItemFn) -> Option<String> {
    let mut name = camel(&method.sig.ident.unraw().to_string());
    for attribute in method
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("graphql"))
    {
        name = named(attribute)?;
    }
    Some(name)
}

fn named(attribute: &Attribute) -> Option<String> {
    let Ok(Meta::NameValue(pair)) = attribute.parse_args::<Meta>() else {
        return None;
    };
    match &pair.value {
        Expr::Lit(text) if pair.path.is_ident("name") => match &text.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// As async-graphql names the field of a method.
fn camel(name: &str) -> String {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(1);
        name + &head.to_uppercase() + tail
    })
}

/// Whether something is waited for, here or in a block of its own.
struct Waits(bool);

impl<'ast> Visit<'ast> for Waits {
    fn visit_expr_await(&mut self, _: &'ast ExprAwait) {
        self.0 = true;
    }

    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {
        self.0 = true;
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // What a macro makes of these words is not seen.
        self.0 |= call.tokens.to_token_stream().to_string().contains("await");
        visit::visit_macro(self, call);
    }
}
