package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// patience is how long a probe waits for an answer.
const patience = 5 * time.Second

func healthCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "health", Short: "Ask a running mock whether it takes calls", Args: cobra.NoArgs,
		Long: `Asks the control API of a running mock whether it takes calls: exit code 0 if so,
1 if not. It needs no control token.`,
	}
	control := cmd.Flags().String("control", defaultControl, "`URL` of the control API")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		base, err := controlURL(cmd.Flags(), *control)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), patience)
		defer cancel()
		if err := probe(ctx, base.JoinPath("readyz").String()); err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), "ok")
		return nil
	}
	return cmd
}

// probe is an error unless the address answers 200.
func probe(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{
		// A probe sends no secret and takes in none; a certificate that mock
		// made for itself must not look like a mock that is down.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	defer client.CloseIdleConnections()
	reply, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("not healthy: %w", err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("not healthy: %s answers %s", address, reply.Status)
	}
	return nil
}
