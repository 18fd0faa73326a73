package serve

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestTogetherIsAsAlone asks for many rows at once: each answer is that of the
// row alone, warnings included.
func TestTogetherIsAsAlone(t *testing.T) {
	made := oneLab(t).server.Endpoint("stones")
	var wait sync.WaitGroup
	for client := range 32 {
		wait.Go(func() {
			row := made.decoder.NewRow()
			for i := range 50 {
				carat := 0.2 + float64((client*50+i)%130)/100 // some beyond training
				body := fmt.Sprintf(`{"carat":%v,"cut":"Good","shop":"east"}`, carat)
				if !assert.True(t, made.decoder.Scan([]byte(body), row)) {
					return
				}
				alone, err := made.Bundle().Predict(row.Table)
				assert.NoError(t, err)
				joined, err := made.together.Predict(row.Table)
				assert.NoError(t, err)
				assert.Equal(t, alone.Values, joined.Values)
				assert.Equal(t, alone.Warnings, joined.Warnings)
			}
		})
	}
	wait.Wait()
}
