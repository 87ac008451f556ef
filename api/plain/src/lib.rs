//! `#[Object]` as async-graphql has it, and besides what prints the fields that need no waiting: the body of an `async fn`
//! that takes no arguments and has no `.await` becomes an `fn`, which `print` calls straight, without a future or a tree of
//! values. So is the object that a row refers to, `Scope::of(ctx).referred(ctx, id).await`, where it is at hand already.
//! `#[derive(Plain)]` does the same for what derives `SimpleObject`.
mod columns;

use columns::columns;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Attribute, Expr, ExprAsync, ExprAwait, FnArg, GenericArgument, Generics, Ident, ImplItem, ImplItemFn, ItemImpl,
    ItemStruct, Lit, Macro, Meta, PathArguments, ReturnType, Stmt, Type, Visibility,
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
    let is_open = is_open(&arguments);
    let (mut methods, mut arms): (Vec<ImplItemFn>, Vec<TokenStream>) = Default::default();
    let mut made_of = Vec::new();
    for item in &mut object.items {
        let ImplItem::Fn(method) = item else { continue };
        made_of.extend(columns(method));
        if is_open {
            arms.extend(at_hand(method));
        }
        keep_apart(method);
        if let Some((method, arm)) = is_open.then(|| plain(method)).flatten() {
            methods.push(method);
            arms.push(arm);
        }
    }
    let own = &object.self_ty;
    let (parameters, _, bounds) = object.generics.split_for_impl();
    let implementation = implementation(&object.generics, own, &arms, &made_of);
    quote! {
        #[::async_graphql::Object(#arguments)]
        #object

        impl #parameters #own #bounds {
            #(#methods)*
        }

        #implementation
    }
    .into()
}

/// What `print` knows of an object whose fields are those of its struct.
#[proc_macro_derive(Plain)]
pub fn plain_fields(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let object = parse_macro_input!(item as ItemStruct);
    let is_open = !object
        .attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("graphql"));
    let arms = object.fields.iter().filter(|_| is_open).filter_map(|field| {
        let own = field.ident.as_ref()?;
        let (name, value) = (name(own, &field.attrs)?, printed(&quote!(&self.#own)));
        Some(quote!(#name => #value,))
    });
    let (arms, own): (Vec<TokenStream>, _) = (arms.collect(), &object.ident);
    let (_, parameters, _) = object.generics.split_for_impl();
    implementation(&object.generics, &parse_quote!(#own #parameters), &arms, &[]).into()
}

/// Whether an object is for everybody who reaches it: what is told of it, such as a guard, only async-graphql knows.
fn is_open(arguments: &TokenStream) -> bool {
    let arguments = arguments.to_string();
    arguments.is_empty() || arguments == "name_type"
}

fn implementation(generics: &Generics, own: &Type, arms: &[TokenStream], made_of: &[TokenStream]) -> TokenStream {
    let (parameters, _, bounds) = generics.split_for_impl();
    quote! {
        impl #parameters crate::print::Plain for #own #bounds {
            fn print(
                &self,
                ctx: &::async_graphql::ContextSelectionSet<'_>,
                field: &mut crate::print::Planned<'_>,
                out: &mut ::std::vec::Vec<u8>,
            ) -> bool {
                use crate::print::ready::{AsEnum, AsList, AsObject, AsOptionalEnum, AsReady, AsWaiting, Value};
                match field.name() {
                    #(#arms)*
                    _ => false,
                }
            }

            fn columns(field: &str) -> ::std::option::Option<&'static [&'static str]> {
                match field {
                    #(#made_of)*
                    _ => ::std::option::Option::None,
                }
            }
        }
    }
}

/// What prints a value; the references are for the ways in `print::ready`.
fn printed(value: &TokenStream) -> TokenStream {
    quote!((&&&&&&Value(#value)).print(ctx, field, out))
}

/// Keeps what a field holds while it waits apart: whatever field is asked for, its future has room for any of them, and is
/// moved as a whole.
fn keep_apart(method: &mut ImplItemFn) {
    if waits(method) {
        let block = &method.block;
        method.block = parse_quote!({ ::std::boxed::Box::pin(async move #block).await });
    }
}

fn waits(method: &ImplItemFn) -> bool {
    let mut waits = Waits(false);
    waits.visit_block(&method.block);
    waits.0
}

/// What gives the value of a field without waiting, and how it is printed; none where its method waits for something or
/// takes arguments. The method itself calls the other.
fn plain(method: &mut ImplItemFn) -> Option<(ImplItemFn, TokenStream)> {
    let takes_context = match method.sig.inputs.iter().collect::<Vec<_>>().as_slice() {
        [FnArg::Receiver(_)] => false,
        [FnArg::Receiver(_), FnArg::Typed(argument)] if is(&argument.ty, "Context") => true,
        _ => return None,
    };
    let ReturnType::Type(_, output) = &method.sig.output else {
        return None;
    };
    let can_fail = is(output, "Result");
    if waits(method) || is(output, "Nullable") {
        return None;
    }
    let name = name(&method.sig.ident, &method.attrs)?;
    let mut own = method.clone();
    (own.attrs, own.vis, own.sig.asyncness) = (Vec::new(), Visibility::Inherited, None);
    own.sig.ident = format_ident!("plain_{}", method.sig.ident.unraw());
    let ident = &own.sig.ident;
    let context = takes_context.then(|| quote!(&ctx.with_field(field.field())));
    let arm = if can_fail {
        let value = printed(&quote!(value));
        // Resolved the ordinary way, it tells why.
        quote!(#name => match self.#ident(#context) { Ok(value) => #value, Err(_) => false },)
    } else {
        let value = printed(&quote!(self.#ident(#context)));
        quote!(#name => #value,)
    };
    let context = takes_context.then(|| quote!(ctx));
    method.block = parse_quote!({ self.#ident(#context) });
    Some((own, arm))
}

/// What prints the object that a method does nothing but refer to, as long as nobody has to wait for it; none for other
/// methods.
fn at_hand(method: &ImplItemFn) -> Option<TokenStream> {
    let [Stmt::Expr(Expr::Await(awaited), None)] = method.block.stmts.as_slice() else {
        return None;
    };
    let Expr::MethodCall(call) = &*awaited.base else {
        return None;
    };
    let ReturnType::Type(_, output) = &method.sig.output else {
        return None;
    };
    if call.method != "referred" || method.sig.inputs.len() != 2 || !is(output, "Result") {
        return None;
    }
    let (name, object) = (name(&method.sig.ident, &method.attrs)?, first_argument(output)?);
    let (scope, id, value) = (&call.receiver, &call.args, printed(&quote!(value)));
    Some(quote!(#name => {
        let own = ctx.with_field(field.field());
        let found: ::std::option::Option<#object> = { let ctx = &own; #scope.at_hand(#id) };
        match found { Some(value) => #value, None => false }
    }))
}

/// The `T` of a `Result<T, E>`.
fn first_argument(of: &Type) -> Option<&Type> {
    let Type::Path(path) = of else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(first) => Some(first),
        _ => None,
    }
}

/// Whether a type, behind references, has this name.
fn is(of: &Type, name: &str) -> bool {
    match of {
        Type::Reference(reference) => is(&reference.elem, name),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == name),
        _ => false,
    }
}

/// The field's name in the schema; none where something else than its name is told of it, such as a guard.
fn name(own: &Ident, attributes: &[Attribute]) -> Option<String> {
    let told = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("graphql"));
    told.map(named).fold(Some(camel(&own.unraw().to_string())), Option::and)
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

/// Whether something is waited for, or may be.
struct Waits(bool);

impl<'ast> Visit<'ast> for Waits {
    fn visit_expr_await(&mut self, _: &'ast ExprAwait) {
        self.0 = true;
    }

    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {
        self.0 = true;
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        // What is written in a call of a macro is not looked through.
        self.0 |= call.tokens.to_string().contains("await");
        visit::visit_macro(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::{at_hand, is_open, plain};
    use quote::{ToTokens, quote};
    use syn::{ImplItemFn, parse_quote};

    /// The name by which a field is printed straight.
    fn printed(mut method: ImplItemFn) -> Option<String> {
        let (own, arm) = plain(&mut method)?;
        assert!(own.sig.asyncness.is_none() && method.sig.asyncness.is_some());
        Some(arm.to_string().split('"').nth(1)?.to_owned())
    }

    #[test]
    fn what_is_there_is_printed_under_its_name() {
        let day = parse_quote!(
            async fn scheduled_date(&self) -> Option<Date> {
                self.0.day.map(Date)
            }
        );
        assert_eq!(printed(day).as_deref(), Some("scheduledDate"));
        let kind = parse_quote!(
            #[graphql(name = "type")]
            async fn kind(&self, ctx: &Context<'_>) -> Kind {
                of(ctx)
            }
        );
        assert_eq!(printed(kind).as_deref(), Some("type"));
        let length = parse_quote!(
            async fn length(&self) -> Result<Length, Failure> {
                self.0.length()
            }
        );
        assert_eq!(printed(length).as_deref(), Some("length"));
    }

    #[test]
    fn an_object_that_a_row_refers_to_is_looked_for_at_hand() {
        let athlete: ImplItemFn = parse_quote!(
            async fn athlete(&self, ctx: &Context<'_>) -> Result<One<Athlete>, Failure> {
                Scope::of(ctx).referred(ctx, self.0.athlete_id).await
            }
        );
        let arm = at_hand(&athlete).expect("an arm").to_string();
        assert!(
            arm.starts_with("\"athlete\" =>") && arm.contains("Option < One < Athlete > >"),
            "{arm}"
        );
        assert!(
            arm.contains("Scope :: of (ctx) . at_hand (ctx , self . 0 . athlete_id)"),
            "{arm}"
        );
        let left: [ImplItemFn; 3] = [
            parse_quote!(
                async fn athlete(&self, ctx: &Context<'_>) -> Result<One<Athlete>, Failure> {
                    let id = self.0.athlete_id;
                    Scope::of(ctx).referred(ctx, id).await
                }
            ),
            parse_quote!(
                async fn athletes(&self, ctx: &Context<'_>) -> Result<List<Athlete>, Failure> {
                    Scope::of(ctx).records(self.0.ids()).await
                }
            ),
            parse_quote!(
                #[graphql(guard = "Staff")]
                async fn athlete(&self, ctx: &Context<'_>) -> Result<One<Athlete>, Failure> {
                    Scope::of(ctx).referred(ctx, self.0.athlete_id).await
                }
            ),
        ];
        for method in left {
            assert!(at_hand(&method).is_none());
        }
    }

    #[test]
    fn what_waits_takes_or_is_guarded_is_left_to_the_executor() {
        let left: [ImplItemFn; 7] = [
            parse_quote!(
                async fn name(&self) -> String {
                    self.called().await
                }
            ),
            parse_quote!(
                async fn name(&self) -> String {
                    of!(self.called().await)
                }
            ),
            parse_quote!(
                async fn name(&self, first: i32) -> String {
                    self.called(first)
                }
            ),
            parse_quote!(
                async fn name(&self) -> Nullable<String> {
                    self.called().into()
                }
            ),
            parse_quote!(
                #[graphql(guard = "Staff")]
                async fn name(&self) -> String {
                    self.called()
                }
            ),
            parse_quote!(
                #[graphql(name = "title", guard = "Staff")]
                async fn name(&self) -> String {
                    self.called()
                }
            ),
            parse_quote!(
                #[graphql(name = "title")]
                #[graphql(guard = "Staff")]
                async fn name(&self) -> String {
                    self.called()
                }
            ),
        ];
        for method in left {
            let text = method.to_token_stream().to_string();
            assert_eq!(printed(method), None, "{text}");
        }
        assert!(is_open(&quote!()) && is_open(&quote!(name_type)));
        assert!(!is_open(&quote!(guard = "Staff")));
    }
}
