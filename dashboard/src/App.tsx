import {
  QueryClient,
  QueryClientProvider,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState, type ComponentType } from "react";
import { Problem, setCsrfToken, whenSignedOut } from "./api/client";
import { signInByLink, whoAmI } from "./api/gateway";
import type { SignedIn, WayIn } from "./api/types";
import { Login } from "./pages/Login";
import type { PageProps } from "./pages/page";
import { navigate, takeLinkToken, usePlace, type Place } from "./router";
import { Shell } from "./Shell";
import { Boundary } from "./ui/Boundary";
import { Failure } from "./ui/Failure";
import { Loading } from "./ui/Notes";
import { ReauthProvider } from "./ui/Reauth";
import { t } from "./texts";

type Page = ComponentType<PageProps>;

/** Pages by the first part of the path. Each page is a separate chunk, loaded when first opened. */
const PAGES: Readonly<Record<string, Page>> = {
  "": lazy(() => import("./pages/Overview")),
  sessions: lazy(() => import("./pages/Sessions")),
  webhooks: lazy(() => import("./pages/Webhooks")),
  exports: lazy(() => import("./pages/Exports")),
  settings: lazy(() => import("./pages/Settings")),
  integration: lazy(() => import("./pages/Integration")),
};
const Register = lazy(() => import("./pages/Register"));
const SessionDetail: Page = lazy(() => import("./pages/SessionDetail"));
const Statement: Page = lazy(() => import("./pages/Statement"));
const NewPayment: Page = lazy(() => import("./pages/NewPayment"));

function pageAt({ path }: Place): { page: Page | undefined; rest: string } {
  const [, name = "", rest = ""] = path.split("/");
  if (name === "sessions" && rest === "new") return { page: NewPayment, rest };
  if (name === "sessions" && rest !== "") return { page: SessionDetail, rest };
  if (name === "exports" && rest === "statement") return { page: Statement, rest };
  return { page: PAGES[name], rest };
}

/** A retry helps only when the gateway was unreachable or failed (5xx). */
function mayRetry(failures: number, error: Error): boolean {
  return failures < 2 && error instanceof Problem && (error.status === 0 || error.status >= 500);
}

export function App() {
  const [queries] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: mayRetry, staleTime: 5_000 } } }),
  );
  return (
    <QueryClientProvider client={queries}>
      <ReauthProvider>
        <Entrance />
      </ReauthProvider>
    </QueryClientProvider>
  );
}

function Entrance() {
  const queries = useQueryClient();
  const place = usePlace();
  const [farewell, setFarewell] = useState<string>();
  const [before, setBefore] = useState<WayIn>();
  const { data, error, refetch } = useQuery({
    queryKey: ["signedIn"],
    queryFn: ({ signal }) => whoAmI(signal),
    staleTime: Infinity,
  });

  /** The cache must not show one merchant's data to the next. */
  function forget(): void {
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "signedIn" });
  }

  function leave(reason?: string): void {
    setCsrfToken(undefined);
    setFarewell(reason);
    setBefore(queries.getQueryData<SignedIn | null>(["signedIn"])?.wayIn);
    forget();
    queries.setQueryData(["signedIn"], null);
  }
  useEffect(() => whenSignedOut(() => leave(t("You were signed out. Sign in again to continue."))));

  function enter(signedIn: SignedIn): void {
    setFarewell(undefined);
    queries.setQueryData(["signedIn"], signedIn);
  }

  const { mutate: enterByLink, isPending: isEntering } = useMutation({
    mutationFn: signInByLink,
    // Its answer would say that nobody is signed in.
    onMutate: () => queries.cancelQueries({ queryKey: ["signedIn"] }),
    onSuccess: (signedIn) => {
      forget();
      enter(signedIn);
    },
    onError: (refusal) => {
      setFarewell(refusal.message);
      void refetch();
    },
  });
  useEffect(() => {
    function useLink(): void {
      const token = takeLinkToken();
      if (token !== undefined) enterByLink(token);
    }
    useLink();
    window.addEventListener("hashchange", useLink);
    return () => window.removeEventListener("hashchange", useLink);
  }, [enterByLink]);

  if (isEntering) return <Loading />;
  if (place.path === "/register") {
    return (
      <Suspense fallback={<Loading />}>
        <Register
          onFinished={(signedIn) => {
            enter(signedIn);
            navigate("/");
          }}
        />
      </Suspense>
    );
  }
  if (error !== null) {
    return (
      <main className="narrow">
        <Failure error={error} retry={() => void refetch()} />
      </main>
    );
  }
  if (data === undefined) return <Loading />;
  if (data === null) return <Login farewell={farewell} before={before} onSignedIn={enter} />;
  const { page: Page, rest } = pageAt(place);
  return (
    <Shell merchant={data.merchant} place={place} onSignedOut={() => leave()}>
      <Boundary key={place.path}>
        <Suspense fallback={<Loading />}>
          {Page === undefined ? <Nowhere /> : <Page key={rest} merchant={data.merchant} rest={rest} />}
        </Suspense>
      </Boundary>
    </Shell>
  );
}

function Nowhere() {
  return (
    <section className="card">
      <h1>{t("Page not found")}</h1>
      <p>{t("The dashboard has no page at this address. Check the address, or choose a page from the menu.")}</p>
    </section>
  );
}
