import { useQuery } from "@tanstack/react-query";
import { health } from "../api/gateway";

const HEALTH_MS = 15_000;

/** The gateway's health, refetched every 15 seconds while the page is visible. */
export function useGatewayHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => health(signal),
    refetchInterval: HEALTH_MS,
  });
}
