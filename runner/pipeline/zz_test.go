package pipeline_test
import ("testing";"time";"fmt";"labbook/runner/pipeline")
func TestZZ(t *testing.T){
	opts := project(t, map[string]string{"pipeline.yaml": dag(12)})
	p, _ := pipeline.Load(opts)
	data := p.Encode()
	for i:=range data { for _,x:=range []byte{0,1,0x7f,0x80,0xff} { d:=append([]byte(nil),data...); d[i]=x
	t0:=time.Now(); q,err:=pipeline.DecodeCompiled(d,opts.Kinds)
	if err==nil { for _,pp:=range q.Pipelines {for _,s:=range pp.Stages{s.ParamLines();s.Params();s.Declaration()}}}
	if dt:=time.Since(t0); dt>50*time.Millisecond {fmt.Println(i,x,dt,err)} } }
}
